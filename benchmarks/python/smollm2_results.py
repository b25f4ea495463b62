"""Runs examples/smollm2-20.conf and its baselines, measures every model they leave, and prints one table."""

import argparse
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESPALIER = str(ROOT / "espalier")
# As many tokens in each step of recovery, in one sequence instead of four.
LONG = ["data.sequence-length=512", "recover.batch-size=1"]
RUNS = {
    "NutePrune": [],
    "NutePrune, intact teacher": ["prune.curriculum.kind=intact"],
    "NutePrune, intact teacher, a tenth under gates": ["prune.curriculum.kind=intact", "prune.gates.harden-at=0.1"],
    "one-shot obs": ["prune.method=obs"],
    "one-shot obs, all weights": ["prune.method=obs", "recover.modules=all-weights"],
    "one-shot obs, layers that differ": ["prune.method=obs", "export.uniform=false"],
    "one-shot obs, layers that differ, all weights": [
        "prune.method=obs",
        "export.uniform=false",
        "recover.modules=all-weights",
    ],
    "one-shot obs, all weights, one long sequence": ["prune.method=obs", "recover.modules=all-weights", *LONG],
    "one-shot obs, layers that differ, all weights, one long sequence": [
        "prune.method=obs",
        "export.uniform=false",
        "recover.modules=all-weights",
        *LONG,
    ],
    "one-shot flap": ["prune.method=flap"],
    "one-shot wanda-sp": ["prune.method=wanda-sp"],
    "one-shot magnitude": ["prune.method=magnitude", "prune.refit=false"],
}
MODELS = {"pruned": "stages/prune/model", "recovered": "export/hf"}
CHOICES = ("piqa", "arc_easy", "arc_challenge")
HELD_OUT_DOCUMENTS = 200


def main():
    arguments = argparse.ArgumentParser(prog="smollm2-results")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "runs" / "smollm2-results")
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument("--items", type=int, default=0, help="items of each choices file (default 0: all)")
    arguments.add_argument("--only", action="append", choices=sorted(RUNS), help="this row only; may be repeated")
    arguments.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for all runs; may be repeated")
    a = arguments.parse_args()

    a.out.mkdir(parents=True, exist_ok=True)
    held_out = write_held_out(a.data, a.out / "held-out.txt")
    rows = [("dense", "", measured(a, held_out, a.model, "dense"))]
    for name in a.only or RUNS:
        folder = a.out / name.replace(",", "").replace(" ", "-").lower()
        prune(a.model.resolve(), folder, [*RUNS[name], *a.set])
        for state, path in MODELS.items():
            rows.append((name, state, measured(a, held_out, folder / path, f"{folder.name}-{state}")))
    print_table(rows)


def write_held_out(data, target):
    """The documents that the configuration leaves out of training, joined by newlines."""
    lines = []
    for part in sorted((data / "redpajama-sample/c4-rp").glob("*.jsonl"))[-1:]:
        lines = part.read_text("utf-8").splitlines()[-HELD_OUT_DOCUMENTS:]
    target.write_text("\n".join(json.loads(line)["text"] for line in lines), "utf-8")
    return target


def prune(model, folder, settings):
    stages = "stages=[calibrate, prune, recover, export]"
    command = [ESPALIER, "prune", str(ROOT / "examples/smollm2-20.conf"), "--out", str(folder)]
    for setting in [f"run.name={folder.name}", stages, *settings]:
        command += ["--set", setting]
    subprocess.run(command, check=True, env={**os.environ, "MODEL": str(model)})


def measured(a, held_out, model, name):
    """Both perplexities over 40 windows of 512 tokens, and the choices."""
    perplexity = evaluated(
        a.out / f"{name}-perplexity.json",
        model,
        ["--perplexity", a.data / "wikitext-2/valid.txt", "--perplexity", held_out, "--window", 512, "--limit", 40],
    )
    files = [part for task in CHOICES for part in ("--choices", a.data / f"zero-shot/{task}.jsonl")]
    choices = evaluated(a.out / f"{name}-choices-{a.items}.json", model, [*files, "--limit", a.items])
    return {
        "parameters": perplexity["parameters"],
        "perplexity": [(p["value"], p["stderr"]) for p in perplexity["perplexity"]],
        "choices": [(c["n"], c["acc"], c["acc_norm"]) for c in choices["choices"]],
    }


def evaluated(cache, model, arguments):
    if not cache.exists():
        command = [ESPALIER, "evaluate", str(model), *map(str, arguments), "--json"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        partial = cache.with_suffix(".part")
        partial.write_bytes(done.stdout)
        partial.rename(cache)
    return json.loads(cache.read_text("utf-8"))


def print_table(rows):
    print("| model | parameters | wikitext-2 | c4 held out | " + " | ".join(CHOICES) + " | mean |")
    print("|---|---|---|---|" + "---|" * (len(CHOICES) + 1))
    for name, state, m in rows:
        n = sum(count for count, _, _ in m["choices"])
        mean, mean_norm = (sum(task[0] * task[i] for task in m["choices"]) / n for i in (1, 2))
        cells = [f"{name} {state}".strip(), f"{m['parameters'] / 1e6:.1f} M"]
        cells += [f"{p:,.2f} ±{error:.2f}" for p, error in m["perplexity"]]
        cells += [f"{acc:.3f} / {norm:.3f}" for _, acc, norm in m["choices"]] + [f"{mean:.4f} / {mean_norm:.4f}"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
