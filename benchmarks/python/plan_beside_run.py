"""Prints what `espalier plan` foretold of a run beside what the run took: plan_beside_run.py PLAN RUN PEAKS

PEAKS has a line for each look at the run's memory: the time of the look, and the most KiB since the one before.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path


def moment(stage, key):
    return datetime.fromisoformat(stage[key].replace("Z", "+00:00")).timestamp()


def size(folder):
    return sum(os.path.getsize(path) for path in Path(folder).rglob("*") if path.is_file())


def line(name, planned, found, unit):
    print(f"{name:22} {planned:10.2f} {found:10.2f} {unit:4} {planned / found:6.2f}")


def most(peaks, begin, end):
    """GiB, of the looks between two times: the first tells of the stage before as well, and does not count if there are others."""
    within = [kib for (at, kib) in peaks if begin <= at <= end]
    return max(within[1:] or within, default=float("nan")) / 2**20


def main():
    plan = json.load(open(sys.argv[1]))
    run = Path(sys.argv[2])
    peaks = [(float(at), int(kib)) for at, kib in map(str.split, open(sys.argv[3]))]
    manifest = json.load(open(run / "manifest.json"))
    stages = {stage["name"]: (moment(stage, "started"), moment(stage, "ended")) for stage in manifest["stages"]}
    print(f"{'':22} {'planned':>10} {'found':>10} {'':4} {'ratio':>6}")
    for stage in plan["stages"]:
        begin, end = stages[stage["stage"]]
        line(stage["stage"], stage["seconds"], end - begin, "s")
    line("time", plan["seconds"], sum(end - begin for begin, end in stages.values()), "s")
    for stage in plan["stages"]:
        line(f"memory, {stage['stage']}", stage["host-bytes"] / 2**30, most(peaks, *stages[stage["stage"]]), "GiB")
    line("memory", max(stage["host-bytes"] for stage in plan["stages"]) / 2**30, max(kib for _, kib in peaks) / 2**20, "GiB")
    line("disk at the end", plan["stages"][-1]["disk-bytes"] / 2**20, size(run) / 2**20, "MiB")
    line("parameters", plan["parameters"]["after"] / 1e6, manifest["parameters"]["after"] / 1e6, "M")
    line("export", plan["export-bytes"] / 2**20, size(run / "export/hf") / 2**20, "MiB")


main()
