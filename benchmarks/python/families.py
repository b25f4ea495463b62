#!/usr/bin/env python3
"""Prints a row of docs/families.md for each family: errors of logits, largest over 48 tokens, ours against transformers."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import save_file

from process import ROOT, ours

sys.path.insert(0, str(ROOT / "gpu-worker/src/test/python"))
from make_family_fixtures import FIXTURES, family, random_weights  # noqa: E402
from make_fixtures import stock_logits  # noqa: E402

DEMO = ROOT / "cli/src/main/resources/demo/model"
TOKENS = 48
SHARED = [
    "data.sequence-length=48",
    "calibrate.tokens=4096",
    "prune.target.sparsity=0.25",
    "prune.steps=8",
    "prune.batch-size=2",
    "prune.gates.harden-at=0.5",
    "recover.steps=4",
    "recover.batch-size=2",
    "stages=[calibrate,prune,recover,export]",
    "cluster.inner-steps=4",
    "export.dtype=f32",
]
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
MODELS = {
    "llama": family(
        "llama", "LlamaForCausalLM", rope_scaling={**LLAMA3, "original_max_position_embeddings": 16}, attention_bias=True
    ),
    "qwen2": family("qwen2", "Qwen2ForCausalLM", tie_word_embeddings=True),
    **FIXTURES,
}
UNITS = {"heads": ["heads", "ffn"], "hidden": ["hidden"]}


def model(folder, config):
    """The fixture's family in a size that the demo's tokenizer fits."""
    heads = config["num_attention_heads"]
    config = {**config, "vocab_size": 2048, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4}
    config = {**config, "head_dim": 64 // heads, "max_position_embeddings": 128, "torch_dtype": "float32"}
    if "no_rope_layers" in config:
        config["no_rope_layers"] = config["no_rope_layers"] * 2
    write(folder, config)


def write(folder, config):
    """A model of random weights with the demo's tokenizer, of the vocabulary of 2048 that this has."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    weights = random_weights(config, torch.Generator().manual_seed(1))
    save_file({n: w.float() for n, w in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(DEMO / name, folder)


@torch.inference_mode()
def error(folder):
    """Largest difference of a logit, over the largest logit or 1."""
    ids = torch.randint(0, 2048, (1, TOKENS), generator=torch.Generator().manual_seed(2))
    # eager attention: sdpa, transformers' default, leaves Gemma 2's cap of scores out
    theirs = stock_logits(folder, ids).flatten()
    mine = torch.tensor(ours("bench-logits", folder, "--tokens", ",".join(map(str, ids[0].tolist())))[0]["logits"])
    return ((mine - theirs).abs().max() / theirs.abs().max().clamp(min=1)).item()


def prune(work, source, name, *settings):
    """The exported folder, or None where the family has no smaller model that computes the same."""
    out = work / name
    command = [ROOT / "espalier", "prune", work / "run.conf", "--out", out, "--port", "none"]
    for setting in [*SHARED, f"model.path={source}", f"run.name={name}", *settings]:
        command += ["--set", setting]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode == 0:
        return out / "export/hf"
    if done.returncode == 2 and "prune.granularity cannot have" in done.stderr:
        return None
    raise Failed(done.stderr)


class Failed(Exception):
    """A run's own words."""


def row(work, name, config):
    source = work / name
    model(source, config)
    cells = [name, f"{error(source):.0e}"]
    for method, what in (("nuteprune", "heads"), ("obs", "heads"), ("nuteprune", "hidden")):
        units = UNITS[what]
        settings = [f"prune.method={method}", "prune.refit=false" if what == "hidden" else "prune.refit=true"]
        refused = ""
        folder = prune(work, source, f"{name}-{method}-{what}", *settings, f"prune.granularity=[{','.join(units)}]")
        if folder is None and what == "heads":
            refused = " (ffn)"
            folder = prune(work, source, f"{name}-{method}-ffn", *settings, "prune.granularity=[ffn]")
        cells.append("refused" if folder is None else f"{error(folder):.0e}{refused}")
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    names = sys.argv[1:] or list(MODELS)
    unknown = set(names) - set(MODELS)
    if unknown:
        sys.exit(f"no such family: {', '.join(sorted(unknown))} (there are {', '.join(MODELS)})")
    print("| family | as it is | heads and FFN by gates | heads and FFN, closed form | hidden channels by gates |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        corpus = ["demo-corpus", "--out", work / "corpus", "--documents", "100"]
        subprocess.run(list(map(str, [ROOT / "espalier", *corpus])), check=True, capture_output=True)
        (work / "run.conf").write_text('data.train = [{ path = "corpus/train/stories.jsonl" }]\n')
        failed = []
        for name in names:
            try:
                row(work, name, MODELS[name])
            except Failed as failure:
                failed.append(name)
                print(f"{name}: {failure}", file=sys.stderr)
        if failed:
            sys.exit(f"no row for {', '.join(failed)}")


if __name__ == "__main__":
    main()
