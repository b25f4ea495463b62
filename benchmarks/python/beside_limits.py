"""Prints, path by path, what Espalier and its peer take beside the matrix products that neither can do without."""

import argparse

from process import ours, peer

PATHS = ("gated", "recovery", "weights", "forward", "teacher", "decode", "controller", "merge")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("paths", metavar="PATH", nargs="*", help=f"any of {' '.join(PATHS)} (default all)")
    arguments.add_argument("--batch", type=int, default=4, help="sequences (default 4)")
    arguments.add_argument("--length", type=int, default=128, help="tokens of each, for decode the prompt's (default 128)")
    arguments.add_argument("--rounds", type=int, default=5, help="rounds that count, after two warm-ups (default 5)")
    arguments.add_argument("--sparsity", type=float, default=0.1, help="of gated step and teacher (default 0.1)")
    a = arguments.parse_args()
    unknown = set(a.paths) - set(PATHS)
    if unknown:
        arguments.error(f"{' '.join(unknown)}: no such path, there are {' '.join(PATHS)}")
    options = ["--batch", a.batch, "--length", a.length, "--rounds", a.rounds, "--sparsity", a.sparsity]
    print(f"{a.batch} x {a.length} tokens, sparsity {a.sparsity}; seconds, peak memory in MiB")
    titles = "path", "ours", "peer", "limit", "ours/peer", "ours/limit", "MiB", "peer MiB"
    print("".join(f"{title:>12}" for title in titles))
    for path in a.paths or PATHS:
        theirs = peer("peer_limits.py", path, *options)[0]
        mine = ours("bench-limits", path, *options)[0]
        seconds, limit = mine["seconds"], mine["limit_seconds"]
        cells = [f"{seconds:.4f}", f"{theirs['seconds']:.4f}", f"{limit:.4f}" if limit else "-"]
        cells += [f"{seconds / theirs['seconds']:.2f}", f"{seconds / limit:.2f}" if limit else "-"]
        cells += [f"{side['peak_rss_bytes'] / 2**20:.0f}" for side in (mine, theirs)]
        print(f"{path:>12}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
