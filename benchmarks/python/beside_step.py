"""Times one kind of training step in Espalier and in its peer, in turn, and prints both with the ratios."""

import argparse

from process import alternate, median, ours, peer, table


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kind", choices=["nuteprune", "pretrain", "sheared"])
    arguments.add_argument("--rounds", type=int, default=2, help="runs of each side, in turn (default 2)")
    a = arguments.parse_args()
    mine, theirs = alternate(
        a.rounds,
        lambda: ours("bench-step", a.kind)[0],
        lambda: peer(f"peer_{a.kind}_step.py")[0],
    )

    def row(what, key, unit, digits):
        return what, *(median([r[key] / unit for r in side]) for side in (mine, theirs)), digits

    table([row("seconds per step", "seconds_per_step", 1, 3), row("peak memory, MiB", "peak_rss_bytes", 2**20, 0)])


if __name__ == "__main__":
    main()
