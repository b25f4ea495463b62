"""Prints what `espalier plan` foretold of a run beside what the run's folder tells: plan_beside_run.py PLAN RUN PEAK"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path


def seconds(stage):
    begin, end = (datetime.fromisoformat(stage[key].replace("Z", "+00:00")) for key in ("started", "ended"))
    return (end - begin).total_seconds()


def size(folder):
    return sum(os.path.getsize(path) for path in Path(folder).rglob("*") if path.is_file())


def line(name, planned, found, unit):
    print(f"{name:20} {planned:10.2f} {found:10.2f} {unit:4} {planned / found:6.2f}")


def main():
    plan = json.load(open(sys.argv[1]))
    run = Path(sys.argv[2])
    manifest = json.load(open(run / "manifest.json"))
    print(f"{'':20} {'planned':>10} {'found':>10} {'':4} {'ratio':>6}")
    took = {stage["name"]: seconds(stage) for stage in manifest["stages"]}
    for stage in plan["stages"]:
        line(stage["stage"], stage["seconds"], took[stage["stage"]], "s")
    line("time", plan["seconds"], sum(took.values()), "s")
    peak = int(open(sys.argv[3]).read()) * 1024
    line("memory", max(stage["host-bytes"] for stage in plan["stages"]) / 2**30, peak / 2**30, "GiB")
    line("disk at the end", plan["stages"][-1]["disk-bytes"] / 2**20, size(run) / 2**20, "MiB")
    line("parameters", plan["parameters"]["after"] / 1e6, manifest["parameters"]["after"] / 1e6, "M")
    line("export", plan["export-bytes"] / 2**20, size(run / "export/hf") / 2**20, "MiB")


main()
