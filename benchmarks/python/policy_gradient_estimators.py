"""Prunes the demo's model by policy-gradient with each estimator at equal forward passes, and prints one table."""

import statistics

from demo_model import DOMAINS, begin, loss, of_seeds, options, pruned

OWN = "prune.policy-gradient."
ROWS = 4
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
    arguments = options("policy-gradient-estimators")
    arguments.add_argument("--passes", type=int, default=4800, help="forward passes of one sequence in each run")
    arguments.add_argument("--only", action="append", choices=["start", *ESTIMATORS], help="may be repeated")
    a = begin(arguments)
    dense = loss(a.out, "dense", a.out / "model")
    print(f"Intact: {dense:.4f} nats a token; the mean of {len(DOMAINS)} texts.\n", flush=True)
    print("| estimator | passes a step | steps | loss beyond the intact model's, nats | of each seed | seconds |\n|---|---|---|---|---|---|", flush=True)
    for name in a.only or ["start", *ESTIMATORS]:
        row(a, name, dense)


def row(a, name, dense):
    passes, settings = START if name == "start" else ESTIMATORS[name]
    steps = 1 if name == "start" else max(1, a.passes // passes)
    beyond, seconds = [], []
    for seed in range(42, 42 + a.seeds):
        run = f"{name.translate(str.maketrans('', '', ',' + chr(39))).replace(' ', '-')}-{a.passes}-{seed}"
        folder, took = pruned(a.out, run, {**COMMON, "prune.steps": steps, **settings, "seed": seed, **a.own})
        seconds.append(took)
        beyond.append(loss(a.out, run, folder / "stages/prune/model") - dense)
    each = " ".join(f"{value:.3f}" for value in beyond)
    print(f"| {name} | {passes or '-'} | {steps} | {of_seeds(beyond)} | {each} | {statistics.mean(seconds):.0f} |", flush=True)


if __name__ == "__main__":
    main()
