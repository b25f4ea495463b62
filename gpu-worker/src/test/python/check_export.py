#!/usr/bin/env python3
"""Loads an exported folder in stock transformers and prints its perplexity, to be held beside `espalier evaluate`.

    check_export.py MODEL_DIR TEXT [--window 512] [--limit N]

A tensor that transformers misses, does not know or finds in another shape is an error. The protocol is that of
benchmarks/python/peer_evaluate.py.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "benchmarks" / "python"))
import peer_evaluate  # noqa: E402


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("text")
    arguments.add_argument("--window", type=int, default=512)
    arguments.add_argument("--limit", type=int)
    a = arguments.parse_args()
    model, tokenizer = peer_evaluate.load(a.model)
    print(peer_evaluate.perplexity(model, tokenizer, a.text, a.window, a.limit)["value"])


if __name__ == "__main__":
    main()
