"""Prunes and recovers the demo's model with one and with numerous teachers, and prints one table."""

import statistics

from demo_model import DOMAINS, begin, loss, of_seeds, options, pruned

CURRICULA = ("intact", "numerous")


def main():
    arguments = options("teachers")
    arguments.add_argument("--sparsity", default="0.5,0.7")
    arguments.add_argument("--steps", default="200,800", help="of nuteprune; recovery has half as many")
    arguments.add_argument("--gates", default="0.2,1", help="shares of these steps under gates (prune.gates.harden-at)")
    a = begin(arguments)
    dense = loss(a.out, "dense", a.out / "model")
    print(f"Intact: {dense:.4f} nats a token; the mean of {len(DOMAINS)} texts.\n")
    print("| sparsity | steps | under gates | intact | numerous | difference, by seed | seconds |\n|---|---|---|---|---|---|---|", flush=True)
    for steps in map(int, a.steps.split(",")):
        for sparsity in map(float, a.sparsity.split(",")):
            for gates in map(float, a.gates.split(",")):
                row(a, steps, sparsity, gates, dense)


def row(a, steps, sparsity, gates, dense):
    """Seeds are paired: with one seed both read the same text in the same order."""
    beyond = {kind: [] for kind in CURRICULA}
    seconds = []
    for seed in range(42, 42 + a.seeds):
        for kind in CURRICULA:
            settings = {
                "stages": "[calibrate, prune, recover, export]",
                "prune.target.sparsity": sparsity,
                "prune.steps": steps,
                "prune.gates.harden-at": gates,
                "prune.curriculum.kind": kind,
                "recover.steps": steps // 2,
                "seed": seed,
                **a.own,
            }
            name = f"{kind}-{round(100 * sparsity)}-{steps}-{round(100 * gates)}-{seed}"
            folder, took = pruned(a.out, name, settings)
            seconds.append(took)
            beyond[kind].append(loss(a.out, name, folder / "export/hf") - dense)
    differences = [numerous - intact for intact, numerous in zip(*beyond.values())]
    cells = [f"{100 * sparsity:.0f} %", f"{steps} + {steps // 2}", f"{100 * gates:.0f} %"]
    cells += [of_seeds(beyond[kind]) for kind in CURRICULA]
    cells += [f"{of_seeds(differences)} ({' '.join(f'{d:+.3f}' for d in differences)})", f"{statistics.mean(seconds):.0f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
