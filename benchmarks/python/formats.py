#!/usr/bin/env python3
"""Prints the table of docs/export.md: formats, who loaded them, and how far its logits and likeliest tokens are from ours."""

import functools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file

import decilm
import llama_cpp
from process import ROOT, ours

DEMO = ROOT / "cli/src/main/resources/demo/model"
PROMPT = "The old man and his dog"
TOKENS = 40
DTYPES = ("f32", "f16", "bf16", "q8_0")


def places(units, size):
    """Rows or columns of units of this size."""
    return torch.tensor([unit * size + i for unit in units for i in range(size)], dtype=torch.long)


def cut(source, target):
    """The same model with parts gone from layer to layer, as Espalier writes such models."""
    config = json.loads((source / "config.json").read_text())
    heads, kvs = config["num_attention_heads"], config.get("num_key_value_heads", config["num_attention_heads"])
    size = config.get("head_dim") or config["hidden_size"] // heads
    weights = {}
    for file in source.glob("*.safetensors"):
        weights.update(load_file(file))
    shapes = []
    for layer in range(config["num_hidden_layers"]):
        group = heads // kvs
        queries, keys, channels = list(range(heads)), list(range(kvs)), list(range(config["intermediate_size"]))
        match layer % 6:
            case 1:
                queries.remove(1)
            case 2:
                channels = []
            case 3:
                queries, keys = [], []
            case 4:
                queries, keys = queries[:group], keys[:1]
            case 5:
                channels = channels[::2]
        shapes.append(
            {
                "query_heads": len(queries),
                "kv_heads": len(keys),
                "intermediate": len(channels),
                "kv_map": [query // group for query in queries],
            }
        )
        for name, dim, kept in (
            ("self_attn.q_proj", 0, places(queries, size)),
            ("self_attn.k_proj", 0, places(keys, size)),
            ("self_attn.v_proj", 0, places(keys, size)),
            ("self_attn.o_proj", 1, places(queries, size)),
            ("mlp.gate_proj", 0, places(channels, 1)),
            ("mlp.up_proj", 0, places(channels, 1)),
            ("mlp.down_proj", 1, places(channels, 1)),
        ):
            name = f"model.layers.{layer}.{name}.weight"
            weights[name] = weights[name].index_select(dim, kept).contiguous()
    family = config.pop("model_type")
    config |= {"model_type": "espalier_llama", "espalier_family": family, "espalier_shapes": shapes}
    target.mkdir()
    (target / "config.json").write_text(json.dumps(config))
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, target)
    return target


def export(source, name, *options):
    out = source.parent / name
    command = [ROOT / "espalier", "export", source, *options, "--out", out]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return out


@functools.cache
def mine(source, ids):
    found = ours("bench-logits", source, "--tokens", ",".join(map(str, ids)))[0]["logits"]
    return torch.tensor(found).view(len(ids), -1)


def row(what, shape, loader, source, ids, theirs, tokens):
    """theirs [T, vocabulary], T = ids and tokens: logits of a text that was continued by what the loader finds likeliest."""
    expected = mine(source, tuple(ids + tokens[:-1]))
    difference = ((expected - theirs).abs().max() / expected.abs().max().clamp(min=1)).item()
    same = (expected[len(ids) - 1 :].argmax(-1) == torch.tensor(tokens)).sum().item()
    print(f"| `{what}` | {shape} | {loader} | {difference:.0e} | {same} of {len(tokens)} |", flush=True)


@torch.inference_mode()
def continued(logits, ids):
    """The likeliest continuation by a function that gives all logits of a text, and those of text and continuation."""
    tokens = []
    while True:
        found = logits(torch.tensor([ids + tokens]))[0]
        tokens.append(int(found[-1].argmax()))
        if len(tokens) == TOKENS:
            return found, tokens


def stock(folder):
    """Stock transformers with a folder; no tensor may be missing or left over. Eager: the formula as it is written."""
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    problems = {kind: found for kind, found in report.items() if found}
    if problems:
        sys.exit(f"{folder}: {problems}")
    return model.eval()


def hugging(what, shape, loader, source, ids, model):
    found = continued(lambda text: model(text, use_cache=False).logits, ids)
    row(what, shape, loader, source, ids, *found)


def gguf(what, shape, llama, source, ids, vocabulary, file):
    loader = f"llama.cpp b{llama.build}"
    with llama.open(file, vocabulary, 256) as model:
        tokens = model.greedy(ids, TOKENS)
    with llama.open(file, vocabulary, 256) as model:
        row(what, shape, loader, source, ids, model.logits(ids + tokens[:-1]), tokens)


def main():
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    torch.set_num_threads(1)
    ids = tokenizers.Tokenizer.from_file(str(source / "tokenizer.json")).encode(PROMPT).ids
    vocabulary = json.loads((source / "config.json").read_text())["vocab_size"]
    llama = llama_cpp.LlamaCpp()
    loader = f"transformers {transformers.__version__}"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        alike = work / "alike"
        shutil.copytree(source, alike)
        ragged = cut(source, work / "ragged")
        print("| format | layers | loaded by | logits | likeliest tokens |\n|---|---|---|---|---|")
        hugging("hf", "alike", loader, alike, ids, stock(alike))
        padded = export(ragged, "padded", "--format", "hf-padded")
        hugging("hf-padded", "differ", loader, ragged, ids, stock(padded))
        blocks = decilm.load(export(ragged, "nemotron", "--format", "nemotron-nas"))
        hugging("nemotron-nas", "differ", f"modules of {loader}, by vLLM's rules", ragged, ids, blocks)
        for model, shape in ((alike, "alike: `llama`"), (ragged, "differ: `deci`")):
            for dtype in DTYPES:
                out = export(model, f"{model.name}-{dtype}", "--format", "gguf", "--dtype", dtype)
                gguf(f"gguf {dtype}", shape, llama, model, ids, vocabulary, next(out.glob("*.gguf")))


if __name__ == "__main__":
    main()
