"""Sheared LLaMA on the demo's model beside what else as many tokens and parameters could give; prints one table."""

import json
import statistics

from demo_model import DOMAINS, begin, called, losses, of_seeds, options, pruned

PARAMETERS = 799_584
SHAPE = {"layers": 5, "hidden": 96, "heads": 4, "kv-heads": 2, "head-dim": 32, "intermediate": 290, "max-positions": 512}
PRUNABLE, BEFORE = 1_179_648, 1_443_456
# A model of a million parameters learns at rates that would wreck a large one: as examples/demo-model.conf.
RATES = {"pretrain.learning-rate.peak": 0.002, "pretrain.learning-rate.final": 0.0002}
SHEARED = {
    "prune.method": "sheared",
    "prune.granularity": "[heads, ffn, hidden, layers]",
    "prune.sheared.parameters": PARAMETERS,
    "prune.sheared.learning-rate.weights": 0.002,
}
PRUNED = {
    "sheared, shares that stay": {**SHEARED, "data.mix.kind": "constant"},
    "sheared, shares that follow losses": {**SHEARED, "data.mix.kind": "doremi"},
    "`obs`": {
        "prune.method": "obs",
        "prune.granularity": "[heads, ffn]",
        "prune.target.sparsity": (BEFORE - PARAMETERS) / PRUNABLE,
        "data.mix.kind": "constant",
    },
}
RANDOM = "random weights"


def main():
    arguments = options("sheared-results")
    arguments.add_argument("--steps", type=int, default=300, help="of pruning, and of training on; others train for both")
    a = begin(arguments)
    dense = losses(a.out, "dense", a.out / "model")
    print(f"Intact, nats a token: {', '.join(f'{domain} {loss:.4f}' for domain, loss in zip(DOMAINS, dense))}.\n")
    print(f"| | parameters | {' | '.join(DOMAINS)} | mean | spread |\n|---|---|{'---|' * (len(DOMAINS) + 2)}", flush=True)
    for name in [*PRUNED, RANDOM]:
        models = [random_weights(a, seed) if name == RANDOM else shrunk(a, name, seed) for seed in range(42, 42 + a.seeds)]
        row(a, name, models, dense)


def shrunk(a, name, seed):
    first = a.steps if name.startswith("sheared") else 0
    settings = {
        "stages": "[calibrate, prune, pretrain, export]",
        "data.validation": "[" + ", ".join(f"{{path={a.out}/corpus/valid/{d}.txt, domain={d}}}" for d in DOMAINS) + "]",
        "data.mix.interval": 20,
        "data.mix.rows": 8,
        "prune.steps": max(1, first),
        "pretrain.steps": 2 * a.steps - first,
        "pretrain.batch-size": 8,
        "seed": seed,
        **RATES,
        **PRUNED[name],
        **a.own,
    }
    run = f"{name.translate(str.maketrans('', '', '`,')).replace(' ', '-')}-{a.steps}-{seed}"
    return run, pruned(a.out, run, settings)[0] / "export/hf"


def random_weights(a, seed):
    """The shape that sheared leaves, trained from the beginning."""
    run = f"random-{a.steps}-{seed}"
    model = a.out / run
    texts = [f"{{path={a.out}/corpus/train/{d}.jsonl, domain={d}, weight={w}}}" for d, w in zip(DOMAINS, (3, 3, 2, 2))]
    configuration = a.out / "random.conf"
    configuration.write_text("")
    settings = {
        "tokenizer": a.out / "model",
        "seed": seed,
        "batch-size": 8,
        "steps": 2 * a.steps,
        "data.train": f"[{', '.join(texts)}]",
        "data.sequence-length": 256,
        "learning-rate.peak": 0.004,
        "learning-rate.final": 0.0002,
        **{f"model.{key}": value for key, value in SHAPE.items()},
    }
    if not (model / "model.safetensors").exists():
        options = (word for key, value in settings.items() for word in ("--set", f"{key}={value}"))
        called("pretrain", configuration, "--out", model, *options)
    return run, model


def row(a, name, models, dense):
    """Of each domain the loss beyond the intact model's, and how far these lie apart (their standard deviation)."""
    gaps = [[loss - own for loss, own in zip(losses(a.out, run, model), dense)] for run, model in models]
    parameters = json.loads((a.out / f"{models[0][0]}.json").read_text())["parameters"]
    cells = [name, f"{parameters:,}"] + [of_seeds(domain) for domain in zip(*gaps)]
    cells += [of_seeds([statistics.mean(g) for g in gaps]), of_seeds([statistics.pstdev(g) for g in gaps])]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
