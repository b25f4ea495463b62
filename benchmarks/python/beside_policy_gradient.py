"""Times a step of policy-gradient in Espalier and in its peer, in turn, and prints both with the ratios."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from process import ROOT, alternate, median, peer, table

WARM_UPS = 2


def main():
    arguments = argparse.ArgumentParser(prog="policy-gradient-speed")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("text", metavar="TEXT", type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=2, help="runs of each side, in turn (default 2)")
    arguments.add_argument("--steps", type=int, default=10, help="steps that count (default 10)")
    a = arguments.parse_args()
    mine, theirs = alternate(
        a.rounds,
        lambda: learning(a),
        lambda: peer("peer_policy_gradient.py", a.model, "--steps", a.steps)[0],
    )
    evaluated = [evaluating(a) for _ in range(a.rounds)]

    def row(what, key, unit, digits):
        return what, *(median([r[key] / unit for r in side]) for side in (mine, theirs)), digits

    table([row("seconds per step", "seconds_per_step", 1, 3), row("peak memory, MiB", "peak_rss_bytes", 2**20, 0)])
    evaluation = median(evaluated) / 2**20
    ratio = median([r["peak_rss_bytes"] for r in mine]) / 2**20 / evaluation
    print(f"peak memory of espalier evaluate {evaluation:.0f} MiB, ours over it {ratio:.3f}")


def learning(a):
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "model.path": a.model.resolve(),
            "data.train": f'[{{ path = "{a.text.resolve()}" }}]',
            "data.sequence-length": 128,
            "stages": "[prune]",
            "prune.method": "policy-gradient",
            "prune.target.sparsity": 0.3,
            "prune.granularity": "[heads, ffn]",
            "prune.initialise-from": "none",
            "prune.refit": "false",
            "prune.steps": WARM_UPS + a.steps,
            "export.uniform": "false",
        }
        configuration = pathlib.Path(folder, "speed.conf")
        configuration.write_text("")
        command = [ROOT / "espalier", "prune", configuration, "--out", pathlib.Path(folder, "run"), "--port", "none"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        peak = peak_of(command)
        lines = pathlib.Path(folder, "run", "metrics.jsonl").read_text().splitlines()
        seconds = [json.loads(line)["seconds"] for line in lines]
        return {"seconds_per_step": statistics.median(seconds[WARM_UPS:]), "peak_rss_bytes": peak}


def evaluating(a):
    return peak_of([ROOT / "espalier", "evaluate", a.model, "--perplexity", a.text, "--window", "128", "--limit", "40"])


def peak_of(command):
    """Runs a command to its end; bytes of its peak of resident memory. Linux only."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=subprocess.STDOUT)
        status = pathlib.Path(f"/proc/{process.pid}/status")
        peak = 0
        while process.poll() is None:
            for line in read(status):
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]) * 1024)
            time.sleep(0.2)
        if process.returncode != 0:
            output.seek(0)
            sys.exit(f"{output.read().strip()}\n{command[0]} ended with exit code {process.returncode}")
        return peak


def read(status):
    try:
        return status.read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        # It has ended since it was polled.
        return []


if __name__ == "__main__":
    main()
