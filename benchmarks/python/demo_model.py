"""The demo's model and texts as a subject of benchmarks: `espalier` over examples/demo.conf with other settings, resumable."""

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
DOMAINS = ("stories", "questions", "arithmetic", "lists")


def options(prog):
    """What all of these take; those of one's own are added to it."""
    arguments = argparse.ArgumentParser(prog=prog)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "runs" / prog)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for all runs; may be repeated")
    return arguments


def begin(arguments):
    """The options as they were given, `own` the settings among them, with the folder laid out."""
    a = arguments.parse_args()
    if a.seeds < 2:
        sys.exit("one seed tells nothing of the noise: --seeds 2 or more")
    a.own = dict(setting.split("=", 1) for setting in a.set)
    prepare(a.out)
    return a


def prepare(out):
    """The demo's texts and model beside its configuration, as `espalier demo` lays them out."""
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "corpus").exists():
        called("demo-corpus", "--out", out / "corpus.part")
        (out / "corpus.part").rename(out / "corpus")
    shutil.copytree(ROOT / "cli/src/main/resources/demo/model", out / "model", dirs_exist_ok=True)
    shutil.copy(ROOT / "examples/demo.conf", out)


def pruned(out, name, settings):
    """The folder of a run, which goes on where an earlier call was interrupted, and the seconds that its last call took."""
    folder = out / name
    took = folder.with_suffix(".seconds")
    begin = time.time()
    if not took.exists():
        options = (word for key, value in settings.items() for word in ("--set", f"{key}={value}"))
        called("prune", out / "demo.conf", "--out", folder, "--port", "none", "--set", f"run.name={name}", *options)
        took.write_text(str(time.time() - begin))
    return folder, float(took.read_text())


def loss(out, name, model):
    """Mean over the texts of the nats a token."""
    return statistics.mean(losses(out, name, model))


def losses(out, name, model):
    """Nats a token of each of DOMAINS."""
    cache = out / f"{name}.json"
    if not cache.exists():
        texts = (word for domain in DOMAINS for word in ("--perplexity", out / f"corpus/valid/{domain}.txt"))
        cache.write_text(called("evaluate", model, *texts, "--window", "256", "--limit", "100", "--json"))
    return [math.log(text["value"]) for text in json.loads(cache.read_text())["perplexity"]]


def of_seeds(values, digits=3):
    """Their mean and its standard error."""
    return f"{statistics.mean(values):.{digits}f} ±{statistics.stdev(values) / math.sqrt(len(values)):.{digits}f}"


def called(*arguments):
    """What it printed; whatever fails ends the benchmark with its own words."""
    done = subprocess.run([ESPALIER, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\nespalier {arguments[0]} ended with exit code {done.returncode}")
    return done.stdout
