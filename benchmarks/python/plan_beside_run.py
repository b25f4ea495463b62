"""Prints what `espalier plan` foretold of a run beside what the run took: plan_beside_run.py PLAN RUN PEAKS

PEAKS is what peak.sh's `watch` wrote.
"""

import json
import os
import sys
from pathlib import Path

from peaks import most, read
from peaks import stages as stages_of


def size(folder):
    return sum(os.path.getsize(path) for path in Path(folder).rglob("*") if path.is_file())


def line(name, planned, found, unit):
    print(f"{name:22} {planned:10.2f} {found:10.2f} {unit:4} {planned / found:6.2f}")


def main():
    plan = json.load(open(sys.argv[1]))
    run = Path(sys.argv[2])
    peaks = read(sys.argv[3])
    manifest = json.load(open(run / "manifest.json"))
    stages = stages_of(run)
    print(f"{'':22} {'planned':>10} {'found':>10} {'':4} {'ratio':>6}")
    for stage in plan["stages"]:
        begin, end = stages[stage["stage"]]
        line(stage["stage"], stage["seconds"], end - begin, "s")
    line("time", plan["seconds"], sum(end - begin for begin, end in stages.values()), "s")
    for stage in plan["stages"]:
        line(f"memory, {stage['stage']}", stage["host-bytes"] / 2**30, most(peaks, *stages[stage["stage"]]), "GiB")
    line("memory", max(stage["host-bytes"] for stage in plan["stages"]) / 2**30, max(kib for _, kib, _ in peaks) / 2**20, "GiB")
    line("disk at the end", plan["stages"][-1]["disk-bytes"] / 2**20, size(run) / 2**20, "MiB")
    line("parameters", plan["parameters"]["after"] / 1e6, manifest["parameters"]["after"] / 1e6, "M")
    line("export", plan["export-bytes"] / 2**20, size(run / "export/hf") / 2**20, "MiB")


main()
