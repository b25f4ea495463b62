#!/usr/bin/env python3
"""Writes gpu-worker/src/test/resources/fixtures: tiny checkpoints, and what transformers and PyTorch say about them.

    python make_fixtures.py [OUT_DIR]

Needs torch, transformers, safetensors and numpy (benchmarks/README.md). Seeded: a second run writes the same bytes.
FIXTURES.md in the output names every tensor.
"""

import json
import pathlib
import sys
import zlib

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from curvature_fixture import curvature
from reference_model import Reference, head_dim
from surgeon_fixture import surgeon
from training_fixture import training

HIDDEN, LAYERS, VOCABULARY, FFN = 32, 3, 96, 48
BATCH, LENGTH = 2, 24


def llama(heads, kv_heads, tied=False, **extra):
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": FFN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "float32",
        **extra,
    }


def with_rope_parameters(config):
    """transformers 5 writes rope_theta inside rope_parameters; both spellings are in the field."""
    theta = config.pop("rope_theta")
    return {**config, "rope_parameters": {"rope_theta": theta, "rope_type": "default"}}


# A base of 500 puts one wavelength of head_dim 8 in each branch of the scaling: kept, blended, divided.
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}

FIXTURES = {
    "mha-untied": llama(4, 4),
    "gqa-tied": llama(4, 2, tied=True),
    "gqa-headdim": with_rope_parameters(llama(4, 2, head_dim=12)),
    "mqa-bf16": llama(4, 1, torch_dtype="bfloat16"),
    "sharded": llama(4, 2, torch_dtype="bfloat16"),
    "llama3-rope": llama(
        4, 2, torch_dtype="float16", rope_theta=500.0, rope_scaling=LLAMA3_ROPE, max_position_embeddings=512
    ),
    "qwen2-bias": llama(
        4,
        2,
        architectures=["Qwen2ForCausalLM"],
        model_type="qwen2",
        rope_theta=1000000.0,
        rms_norm_eps=1e-6,
        use_sliding_window=False,
    ),
    "tied-other-head": llama(4, 2, tied=True, torch_dtype="bfloat16"),
    "tied-head-only": llama(4, 2, tied=True, torch_dtype="bfloat16"),
}


def random_weights(name, config, generator):
    def normal(*shape, std):
        return torch.randn(*shape, generator=generator) * std

    query, key = (config[n] * head_dim(config) for n in ("num_attention_heads", "num_key_value_heads"))
    shapes = {
        "self_attn.q_proj": (query, HIDDEN),
        "self_attn.k_proj": (key, HIDDEN),
        "self_attn.v_proj": (key, HIDDEN),
        "self_attn.o_proj": (HIDDEN, query),
        "mlp.gate_proj": (FFN, HIDDEN),
        "mlp.up_proj": (FFN, HIDDEN),
        "mlp.down_proj": (HIDDEN, FFN),
    }
    weights = {"model.embed_tokens.weight": normal(VOCABULARY, HIDDEN, std=0.3)}
    for layer in range(LAYERS):
        for projection, (rows, columns) in shapes.items():
            stem = f"model.layers.{layer}.{projection}"
            weights[stem + ".weight"] = normal(rows, columns, std=columns**-0.5)
            if config["model_type"] == "qwen2" and rows in (query, key) and projection[10] in "qkv":
                weights[stem + ".bias"] = normal(rows, std=0.5)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"model.layers.{layer}.{norm}.weight"] = 1 + normal(HIDDEN, std=0.2)
    weights["model.norm.weight"] = 1 + normal(HIDDEN, std=0.2)
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = normal(VOCABULARY, HIDDEN, std=0.3)
    if name == "tied-other-head":  # transformers takes config.json to be wrong, and does not tie
        weights["lm_head.weight"] = normal(VOCABULARY, HIDDEN, std=0.3)
    if name == "tied-head-only":
        weights["lm_head.weight"] = weights.pop("model.embed_tokens.weight")
    dtype = getattr(torch, config["torch_dtype"])
    return {name: tensor.to(dtype) for name, tensor in weights.items()}


def save(path, tensors):
    save_file({n: t.detach().contiguous().clone() for n, t in tensors.items()}, path, metadata={"format": "pt"})


def save_checkpoint(folder, config, weights, shards):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    if shards == 1:
        save(folder / "model.safetensors", weights)
        return
    names = list(weights)
    where = {name: f"model-{i * shards // len(names) + 1:05}-of-{shards:05}.safetensors" for i, name in enumerate(names)}
    for file in sorted(set(where.values())):
        save(folder / file, {name: weights[name] for name in names if where[name] == file})
    index = {"metadata": {"total_size": sum(t.nbytes for t in weights.values())}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def stock_logits(folder, ids):
    """What transformers makes of the folder that was just written; it must know every tensor in it."""
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    problems = {kind: found for kind, found in report.items() if found}
    assert not problems, f"{folder.name}: {problems}"
    with torch.no_grad():
        return model.eval()(ids).logits


def make(root, name, config):
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    weights = random_weights(name, config, generator)
    folder = root / name
    save_checkpoint(folder, config, weights, shards=3 if name == "sharded" else 1)
    length = 64 if name == "llama3-rope" else LENGTH
    ids = torch.randint(0, VOCABULARY, (BATCH, length), generator=generator)
    logits = stock_logits(folder, ids)
    assert 0.3 < logits.std() < 5, f"{name}: logits have a standard deviation of {logits.std():.3g}"
    save(folder / "expected.safetensors", {"input_ids": ids.int(), "logits": logits})

    if name.startswith("tied-"):  # the reference has no rules for loading
        return
    if name == "llama3-rope":
        unscaled = Reference(config, {n: t.float() for n, t in weights.items()}).forward(ids)[0]
        assert (unscaled - logits).abs().max() > 0.1, "the rope scaling does not matter here"
        return
    # Everything but the scaling is in the reference too: hold it against transformers on each of these models.
    theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
    reference = Reference({**config, "rope_theta": theta}, {n: t.double() for n, t in weights.items()})
    distance = (reference.forward(ids)[0] - logits).abs().max().item()
    print(f"{name}: logits std {logits.std():.2f}, reference differs from transformers by {distance:.1e}")
    assert distance < 1e-5
    if name in ("gqa-tied", "mha-untied"):
        save(folder / "training.safetensors", training(reference, ids, generator))
        save(folder / "curvature.safetensors", curvature(folder, ids, generator))


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources" / "fixtures"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    torch.set_num_threads(1)  # sums in one order
    for name, config in FIXTURES.items():
        make(root, name, config)
    save(root / "surgeon.safetensors", surgeon())
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    print(f"{size:,} bytes in {root}")
    assert size < 1_800_000


if __name__ == "__main__":
    main()
