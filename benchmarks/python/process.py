"""Runs a command that prints one JSON document, and prints tables of ours beside the peer's."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent


def ours(*arguments):
    return run([str(ROOT / "espalier"), *map(str, arguments), "--json"])


def peer(script, *arguments):
    return run([sys.executable, str(HERE / script), *map(str, arguments)])


def run(command):
    """(parsed stdout, seconds of the whole process). Any failure ends the benchmark with the command's own words."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\n{' '.join(command)} ended with exit code {done.returncode}")
    try:
        return json.loads(done.stdout), seconds
    except json.JSONDecodeError:
        sys.exit(f"{' '.join(command)} printed something else than one JSON document:\n{done.stdout[:500]}")


def alternate(rounds, left, right):
    """Calls left and right in turn, swapping who goes first, so that a busy machine is unkind to both alike."""
    lefts, rights = [], []
    for i in range(rounds):
        order = [(left, lefts), (right, rights)]
        for call, results in order if i % 2 == 0 else reversed(order):
            results.append(call())
    return lefts, rights


def median(values):
    return None if any(v is None for v in values) else statistics.median(values)


def table(rows):
    """rows: (what, ours, peer, digits); the ratio is ours / peer. None prints as a dash."""

    def cell(value, digits):
        return "-" if value is None else f"{value:.{digits}f}"

    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  {'ours':>12}  {'peer':>12}  {'ratio':>8}")
    for what, mine, theirs, digits in rows:
        ratio = mine / theirs if mine is not None and theirs else None
        print(f"{what:{width}}  {cell(mine, digits):>12}  {cell(theirs, digits):>12}  {cell(ratio, 4):>8}")
