"""Takes layers out of a model by each selection, measures what is left beside one-shot obs, and prints one table."""

import argparse
import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESPALIER = str(ROOT / "espalier")
LAYERS = ["prune.method=layers", "prune.layers.count=6"]
SELECTIONS = ("greedy", "perplexity", "block-influence", "angular", "taylor", "magnitude", "prefix")
RUNS = {
    **{f"layers {name}": [*LAYERS, f"prune.layers.select={name}", "prune.layers.repair=none"] for name in SELECTIONS},
    "layers greedy repaired": [*LAYERS, "prune.layers.select=greedy", "prune.layers.repair=auto"],
    "layers block-influence repaired": [*LAYERS, "prune.layers.select=block-influence", "prune.layers.repair=auto"],
    "obs": ["prune.method=obs"],
    "obs as fast": ["prune.method=obs"],
}
# Six layers less take the same time whichever they are: that of one selection, which `obs as fast` has to meet.
FAST = "layers greedy"


def main():
    arguments = argparse.ArgumentParser(prog="layers-results")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "runs" / "layers-results")
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument("--only", action="append", choices=sorted(RUNS), help="this row only; may be repeated")
    arguments.add_argument("--no-speed", action="store_true", help="on a machine that computes something else, too")
    arguments.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for all runs; may be repeated")
    a = arguments.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    heads = ["model", "layers gone", "parameters", "wikitext-2", *([] if a.no_speed else ["decoding"]), "pruned in"]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|", flush=True)
    row(a, "dense", "-", None)
    for name in a.only or RUNS:
        target = [f"prune.target.latency-ratio={ratio(a):.3f}"] if name == "obs as fast" else []
        seconds = prune(a.model.resolve(), run_folder(a, name), [*RUNS[name], *target, *a.set])
        row(a, name, gone(run_folder(a, name)), seconds)


def prune(model, folder, settings):
    """Wall-clock seconds of the run; remembered, for a run that is over takes none."""
    times = folder.with_suffix(".seconds")
    command = [ESPALIER, "prune", str(ROOT / "examples/smollm2-20.conf"), "--out", str(folder), "--port", "none"]
    for setting in [f"run.name={folder.name}", "stages=[prune]", *settings]:
        command += ["--set", setting]
    begin = time.time()
    if not times.exists():
        subprocess.run(command, check=True, env={**os.environ, "MODEL": str(model)}, stdout=subprocess.DEVNULL)
        times.write_text(str(time.time() - begin))
    return float(times.read_text())


def gone(folder):
    kept = json.loads((folder / "stages/prune/kept.json").read_text("utf-8"))["layers"]
    out = [i for i, layer in enumerate(kept) if "1" not in (layer["heads"] or "1") and "1" not in (layer["ffn"] or "1")]
    return " ".join(map(str, out)) or "none"


def ratio(a):
    """Time of decoding without six layers, as a share of the dense model's."""
    return decoding(a, "dense") / decoding(a, FAST)


def decoding(a, name):
    """Tokens a second; this is what another program at work would disturb."""
    found = measured(a, f"{name} speed", folder(a, name), ["--latency"])
    return found["latency"]["decode_tokens_per_second"]


def folder(a, name):
    return a.model.resolve() if name == "dense" else run_folder(a, name) / "stages/prune/model"


def run_folder(a, name):
    return a.out / name.replace(" ", "-")


def measured(a, name, model, measures):
    cache = a.out / f"{name.replace(' ', '-')}.json"
    if not cache.exists():
        found = subprocess.run([ESPALIER, "evaluate", str(model), *measures, "--json"], check=True, stdout=subprocess.PIPE).stdout
        cache.write_bytes(found)
    return json.loads(cache.read_text("utf-8"))


def row(a, name, layers, seconds):
    text = a.data / "wikitext-2/valid.txt"
    found = measured(a, name, folder(a, name), ["--perplexity", str(text), "--window", "512", "--limit", "40"])
    took = "-" if seconds is None else f"{seconds:.0f} s"
    parameters = f"{found['parameters'] / 1e6:.1f} M"
    perplexity = found["perplexity"][0]
    value = f"{perplexity['value']:,.2f} ±{perplexity['stderr']:,.2f}"
    speed = "" if a.no_speed else f" {decoding(a, FAST if name.startswith('layers') else name):.1f} tokens/s |"
    print(f"| {name} | {layers} | {parameters} | {value} |{speed} {took} |", flush=True)


if __name__ == "__main__":
    main()
