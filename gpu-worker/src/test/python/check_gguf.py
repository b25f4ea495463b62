"""Reads a GGUF file of a uniform model with the Python package gguf and compares each tensor with the folder it was made of.

    python check_gguf.py FOLDER FILE.gguf

Needs gguf, numpy, safetensors and torch. Not part of the build."""

import json
import pathlib
import sys

import numpy
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors import safe_open

NAMES = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
    "attn_q_norm.weight": "self_attn.q_norm.weight",
    "attn_k_norm.weight": "self_attn.k_norm.weight",
    "post_attention_norm.weight": "post_attention_layernorm.weight",
    "post_ffw_norm.weight": "post_feedforward_layernorm.weight",
}
GEMMA = {"ffn_norm.weight": "pre_feedforward_layernorm.weight"}
INTERLEAVED = {"llama", "granite", "smollm3"}
TOP = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def source(name, weights, gemma):
    if name in TOP:
        # a head that is the embedding is stored once, and written twice where llama.cpp wants it so
        return TOP[name] if TOP[name] in weights else TOP["token_embd.weight"]
    _, layer, rest = name.split(".", 2)
    return f"model.layers.{layer}.{(GEMMA if gemma else {}).get(rest, NAMES[rest])}"


def apart(weights, config):
    """q, k and v, and gate and up, of families that store them as one tensor."""
    head = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    rows = [head * config["num_attention_heads"]] + 2 * [head * config["num_key_value_heads"]]
    for name in [name for name in weights if "qkv_proj" in name or "gate_up_proj" in name]:
        whole = weights.pop(name)
        parts = ["q", "k", "v"] if "qkv_proj" in name else ["gate", "up"]
        ends = numpy.cumsum(rows)[:-1] if "qkv_proj" in name else [len(whole) // 2]
        for part, weight in zip(parts, numpy.split(whole, ends)):
            weights[name.replace("qkv", part).replace("gate_up", part)] = weight


def interleaved(weight, heads):
    """Rows of q or k, each head's two halves alternating: as convert_hf_to_gguf.py permutes them."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def main(folder, file):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    weights = {}
    for shard in folder.glob("*.safetensors"):
        with safe_open(shard, "pt") as opened:
            weights.update({name: opened.get_tensor(name).to(torch.float32).numpy() for name in opened.keys()})
    apart(weights, config)
    reader = GGUFReader(file)
    architecture = reader.get_field("general.architecture").contents()
    gemma = architecture.startswith("gemma")
    worst, used = 0.0, set()
    for tensor in reader.tensors:
        name = source(tensor.name, weights, gemma)
        used.add(name)
        # Gemma's norms multiply by 1 + w
        expected = weights[name] + (1 if gemma and name.endswith("norm.weight") else 0)
        if architecture in INTERLEAVED and tensor.name.endswith(("attn_q.weight", "attn_k.weight")):
            query = tensor.name.endswith("attn_q.weight")
            expected = interleaved(expected, config["num_attention_heads" if query else "num_key_value_heads"])
        found = dequantize(tensor.data, tensor.tensor_type).reshape(expected.shape)
        worst = max(worst, float(numpy.abs(found - expected).max()))
    tokens = reader.get_field("tokenizer.ggml.tokens").contents()
    known = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    assert all(tokens[index] == text for text, index in known.items()), "a token has another place"
    assert used == set(weights), f"not written: {sorted(set(weights) - used)}"
    print(f"{architecture}, {len(reader.tensors)} tensors, {len(tokens)} tokens; largest difference of a weight {worst:.3g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
