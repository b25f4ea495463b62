"""Prints the table of docs/targets.md: what each kind of target asks for, leads to by `espalier validate`, and left in the end."""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

from process import ROOT

DEMO = ROOT / "cli/src/main/resources/demo/model"


def prune(config, out, settings):
    """What the command says of the target before it computes anything."""
    done = subprocess.run([ROOT / "espalier", "prune", config, "--out", out, "--port", "none", *settings], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}espalier prune ended with exit code {done.returncode}")
    return next(line for line in done.stderr.splitlines() if line.startswith("prune.target"))


def targets(parameters, intermediate):
    """(kind, the settings, how to say what was reached)"""
    fewer = parameters * 17 // 20
    return [
        ("sparsity", ["prune.target.sparsity=0.2"], "{sparsity:.4f} of the prunable parameters gone"),
        ("parameters", [f"prune.target.parameters={fewer}"], "{parameters} parameters"),
        ("bytes", [f"prune.target.bytes={4 * fewer}"], "{bytes} bytes, header and all"),
        ("shape", [f"prune.target.shape.intermediate={intermediate * 3 // 4}"], "{intermediate} FFN channels"),
        ("latency-ratio", ["prune.target.latency-ratio=0.95"], "{decode:.3f} of the time of decoding"),
        (
            "latency-ratio of prefill",
            ["prune.target.latency-ratio=0.9", "prune.target.latency-of=prefill"],
            "{prefill:.3f} of the time of a prompt",
        ),
    ]


def parameters(model):
    """From the headers; of what is there twice once."""
    tensors = {}
    for file in model.glob("*.safetensors"):
        with open(file, "rb") as stream:
            header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        tensors |= {name: math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__"}
    return sum(tensors.values())


def reached(out):
    manifest = json.loads((out / "manifest.json").read_text())
    exported = out / "export/hf"
    measured = (manifest["evaluation"] or {}).get("after-prune") or {}
    speed = measured.get("latency", {}).get("beside", {})
    return {
        "sparsity": manifest["parameters"]["sparsity"],
        "parameters": manifest["parameters"]["after"],
        "bytes": sum(file.stat().st_size for file in exported.glob("*.safetensors")),
        "intermediate": json.loads((exported / "config.json").read_text())["intermediate_size"],
        "decode": 1 / speed.get("decode_ratio", 1),
        "prefill": 1 / speed.get("prefill_ratio", 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=pathlib.Path, default=DEMO)
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    model = arguments.model.resolve()
    print("| target | asked for, and what validate says that it leads to | reached |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "text.txt").write_text((ROOT / "README.md").read_text())
        config = folder / "targets.conf"
        config.write_text(
            f'model.path = "{model}"\n'
    f'data.train = ["{folder}/text.txt"]\ndata.sequence-length = 64\n'
            "prune { method = magnitude, refit = false, granularity = [ffn] }\nexport.dtype = f32\n"
        )
        intact = json.loads((model / "config.json").read_text())
        before = parameters(model)
        for kind, asked, said in targets(before, intact["intermediate_size"]):
            if arguments.only and kind not in arguments.only:
                continue
            stages = "stages=[prune,export,evaluate]" if "latency" in kind else "stages=[prune,export]"
            settings = [word for setting in ["run.name=targets", stages, *asked] for word in ("--set", setting)]
            out = folder / kind.replace(" ", "-")
            told = prune(config, out, settings)
            print(f"| {kind} | {told} | {said.format(**reached(out))} |", flush=True)


main()
