"""Prunes the demo's model by policy-gradient with each estimator at equal forward passes, and prints one table."""

import argparse
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESPALIER = str(ROOT / "espalier")
OWN = "prune.policy-gradient."
ROWS = 4
DOMAINS = ("stories", "questions", "arithmetic", "lists")
COMMON = {
    "stages": "[calibrate, prune]",
    "data.sequence-length": 128,
    "prune.method": "policy-gradient",
    "prune.target.sparsity": 0.5,
    "prune.granularity": "[heads, ffn]",
    "prune.initialise-from": "obs",
    "prune.refit": "false",
    "prune.batch-size": ROWS,
    OWN + "ffn-block": 8,
    "export.uniform": "false",
    "cluster.inner-steps": 5,
}


def estimator(control, masks, reward="loss"):
    """(passes of a sequence that a step takes, settings). The intact model's passes count each time, as if no text came again."""
    intact = ROWS if reward == "kl" or control == "intact" else 0
    return ROWS * masks + intact, {OWN + "control": control, OWN + "masks": masks, OWN + "reward": reward}


ESTIMATORS = {
    "authors'": (ROWS * 2, {OWN + "faithful": "true", OWN + "masks": 2}),
    "siblings, 2 masks": estimator("siblings", 2),
    "siblings, 4 masks": estimator("siblings", 4),
    "intact, 1 mask": estimator("intact", 1),
    "intact, 2 masks": estimator("intact", 2),
    "antithetic, 2 masks": estimator("antithetic", 2),
    "antithetic, 4 masks": estimator("antithetic", 4),
    "siblings, 2 masks, kl": estimator("siblings", 2, "kl"),
    "siblings, 4 masks, kl": estimator("siblings", 4, "kl"),
    "intact, 1 mask, kl": estimator("intact", 1, "kl"),
    "antithetic, 2 masks, kl": estimator("antithetic", 2, "kl"),
}
# A step too small to move anything: what the metric alone would cut.
START = (0, {"prune.steps": 1, OWN + "learning-rate": 1e-9})


def main():
    arguments = argparse.ArgumentParser(prog="policy-gradient-estimators")
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "runs" / "policy-gradient-estimators")
    arguments.add_argument("--passes", type=int, default=4800, help="forward passes of one sequence in each run")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--only", action="append", choices=["start", *ESTIMATORS], help="may be repeated")
    arguments.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for all runs; may be repeated")
    a = arguments.parse_args()
    prepare(a)
    dense = loss(a, "dense", a.out / "model")
    print(f"Intact: {dense:.4f} nats a token; the mean of {len(DOMAINS)} texts.\n", flush=True)
    print("| estimator | passes a step | steps | loss beyond the intact model's, nats | of each seed | seconds |\n|---|---|---|---|---|---|", flush=True)
    for name in a.only or ["start", *ESTIMATORS]:
        row(a, name, dense)


def prepare(a):
    """The demo's texts and model beside its configuration, as `espalier demo` lays them out."""
    if a.seeds < 2:
        sys.exit("one seed tells nothing of the noise: --seeds 2 or more")
    a.out.mkdir(parents=True, exist_ok=True)
    if not (a.out / "corpus").exists():
        called("demo-corpus", "--out", a.out / "corpus.part")
        (a.out / "corpus.part").rename(a.out / "corpus")
    shutil.copytree(ROOT / "cli/src/main/resources/demo/model", a.out / "model", dirs_exist_ok=True)
    shutil.copy(ROOT / "examples/demo.conf", a.out)


def row(a, name, dense):
    passes, settings = START if name == "start" else ESTIMATORS[name]
    steps = 1 if name == "start" else max(1, a.passes // passes)
    beyond, seconds = [], []
    for seed in range(42, 42 + a.seeds):
        folder = a.out / f"{name.translate(str.maketrans('', '', ',' + chr(39))).replace(' ', '-')}-{a.passes}-{seed}"
        took = folder.with_suffix(".seconds")
        begin = time.time()
        if not took.exists():
            prune(a, folder, {**COMMON, "prune.steps": steps, **settings, "seed": seed, "run.name": folder.name})
            took.write_text(str(time.time() - begin))
        seconds.append(float(took.read_text()))
        beyond.append(loss(a, folder.name, folder / "stages/prune/model") - dense)
    each = " ".join(f"{value:.3f}" for value in beyond)
    value = f"{statistics.mean(beyond):.3f} ±{statistics.stdev(beyond) / math.sqrt(a.seeds):.3f}"
    print(f"| {name} | {passes or '-'} | {steps} | {value} | {each} | {statistics.mean(seconds):.0f} |", flush=True)


def prune(a, folder, settings):
    """Goes on where an earlier call was interrupted."""
    options = [f"{key}={value}" for key, value in settings.items()] + a.set
    called("prune", a.out / "demo.conf", "--out", folder, "--port", "none", *(word for o in options for word in ("--set", o)))


def loss(a, name, model):
    """Mean over the texts of the nats a token."""
    cache = a.out / f"{name}.json"
    if not cache.exists():
        texts = (word for domain in DOMAINS for word in ("--perplexity", a.out / f"corpus/valid/{domain}.txt"))
        cache.write_text(called("evaluate", model, *texts, "--window", "256", "--limit", "100", "--json"))
    return statistics.mean(math.log(text["value"]) for text in json.loads(cache.read_text())["perplexity"])


def called(*arguments):
    """What it printed; whatever fails ends the benchmark with its own words."""
    done = subprocess.run([ESPALIER, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\nespalier {arguments[0]} ended with exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
