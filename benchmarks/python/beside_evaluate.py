"""Evaluates one model with Espalier and with transformers, in turn, and prints values and times with the ratios."""

import argparse

from process import alternate, median, ours, peer, table


def main():
    arguments = argparse.ArgumentParser(prog="evaluate-beside-transformers")
    arguments.add_argument("model", metavar="MODEL_DIR")
    arguments.add_argument("text", metavar="TEXT")
    arguments.add_argument("choices", metavar="CHOICES", nargs="*")
    arguments.add_argument("--window", type=int, default=512, help="tokens of a window (default 512)")
    arguments.add_argument("--limit", type=int, default=100, help="windows of the text (default 100)")
    arguments.add_argument("--items", type=int, default=200, help="items of each choices file (default 200)")
    arguments.add_argument("--rounds", type=int, default=1, help="runs of each side, in turn (default 1)")
    a = arguments.parse_args()

    rows = compare(a, ["--perplexity", a.text, "--window", a.window, "--limit", a.limit], perplexity_rows)
    for file in a.choices:
        rows += compare(a, ["--choices", file, "--limit", a.items], choices_rows)
    table(rows)


def compare(a, arguments, value_rows):
    mine, theirs = alternate(
        a.rounds,
        lambda: ours("evaluate", a.model, *arguments),
        lambda: peer("peer_evaluate.py", a.model, *arguments),
    )
    rows = value_rows(mine[0][0], theirs[0][0])
    rows.append(("  seconds, whole process", *(median([seconds for _, seconds in side]) for side in (mine, theirs)), 2))
    rows.append(("  seconds, model loaded", *(median([evaluating(r) for r, _ in side]) for side in (mine, theirs)), 2))
    return rows


def evaluating(result):
    """Seconds without start and loading, for a side that reports them."""
    return result.get("seconds", {}).get("evaluate")


def perplexity_rows(mine, theirs):
    (m,), (t,) = mine["perplexity"], theirs["perplexity"]
    return [(f"perplexity {name(t)}", m["value"], t["value"], 4), ("  predicted tokens", m["tokens"], t["tokens"], 0)]


def choices_rows(mine, theirs):
    (m,), (t,) = mine["choices"], theirs["choices"]
    return [(f"{key} {name(t)} ({t['n']} items)", m[key], t[key], 4) for key in ("acc", "acc_norm")]


def name(result):
    return result["file"].rsplit("/", 1)[-1]


if __name__ == "__main__":
    main()
