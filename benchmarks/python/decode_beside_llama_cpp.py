"""Prints milliseconds a token of ours beside llama.cpp's, after prompts of some lengths."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import llama_cpp
from process import HERE, ROOT, alternate, ours, run

TOKENS = 24
WARM_UPS = 4


def main():
    arguments = argparse.ArgumentParser(prog="decode-beside-llama-cpp")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("--lengths", default="128,1500", help="tokens of the prompts (default 128,1500)")
    arguments.add_argument("--rounds", type=int, default=3, help="processes of each (default 3)")
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: all cores")
    arguments.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    a = arguments.parse_args()
    if a.peer:
        print(json.dumps({"seconds": decode(a.model, int(a.lengths), a.threads)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "espalier", "export", a.model, "--format", "gguf", "--dtype", "f32", "--out", folder]
        if subprocess.run([*map(str, command)], stdout=sys.stderr, check=False).returncode != 0:
            sys.exit(f"{a.model} was not written as a gguf file")
        file = next(pathlib.Path(folder).glob("*.gguf"))
        print(f"{'prompt':>8}{'ours ms':>12}{'llama.cpp ms':>16}{'ratio':>10}")
        for length in a.lengths.split(","):
            again = [sys.executable, str(HERE / pathlib.Path(__file__).name), str(file), "--peer", "--lengths", length]
            mine, theirs = alternate(
                a.rounds,
                lambda: ours("bench-limits", "decode", "--length", length, "--rounds", TOKENS)[0]["seconds"],
                lambda: run([*again, "--threads", str(a.threads)])[0]["seconds"],
            )
            mine, theirs = statistics.median(mine), statistics.median(theirs)
            print(f"{length:>8}{1000 * mine:>12.1f}{1000 * theirs:>16.1f}{mine / theirs:>10.2f}", flush=True)


def decode(file, length, threads):
    """Median seconds of a token."""
    seconds = []
    llama = llama_cpp.LlamaCpp()  # what the library calls back is freed with it
    with llama.open(file, 49152, length + WARM_UPS + TOKENS, threads) as model:
        model.read([(i * 7919) % 49152 for i in range(length)])
        for i in range(WARM_UPS + TOKENS):
            start = time.perf_counter()
            model.read([i])
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[WARM_UPS:])


if __name__ == "__main__":
    main()
