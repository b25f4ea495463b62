#!/usr/bin/env python3
"""Writes the fixtures of families beside LLaMA: tiny checkpoints, and the logits that transformers computes with them.

    python make_family_fixtures.py [OUT_DIR] [NAME...]

Needs torch, transformers, safetensors and numpy (benchmarks/README.md). Seeded: a second run writes the same bytes.
"""

import json
import pathlib
import sys
import zlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from make_fixtures import save, stock_logits

BATCH, LENGTH = 2, 24


def family(model_type, architecture, layers=2, **extra):
    """Spelt as checkpoints on the hub are, most of which are older than transformers 5."""
    config = {
        "architectures": [architecture],
        "model_type": model_type,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "vocab_size": 64,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "torch_dtype": "bfloat16",
        **extra,
    }
    return {key: value for key, value in config.items() if value != "absent"}


GEMMA = {
    "hidden_act": "absent",
    "hidden_activation": "gelu_pytorch_tanh",
    "tie_word_embeddings": True,
    "query_pre_attn_scalar": 6,
    "sliding_window": 8,
}

FIXTURES = {
    "qwen3": family("qwen3", "Qwen3ForCausalLM", tie_word_embeddings=True, rope_theta=1000000.0),
    # the first layer has no window; yarn with all three of its ranges in use
    "qwen3-yarn": family(
        "qwen3",
        "Qwen3ForCausalLM",
        rope_theta=100.0,
        use_sliding_window=True,
        sliding_window=7,
        max_window_layers=1,
        rope_scaling={
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 16,
            "beta_fast": 2,
            "beta_slow": 0.5,
        },
    ),
    "mistral-window": family(
        "mistral", "MistralForCausalLM", sliding_window=5, rope_scaling={"type": "linear", "factor": 2.0}
    ),
    "smollm3": family(
        "smollm3",
        "SmolLM3ForCausalLM",
        no_rope_layers=[1, 0],
        no_rope_layer_interval=2,
        tie_word_embeddings=True,
        rope_theta=5000.0,
        rope_scaling={"rope_type": "dynamic", "factor": 2.0},
    ),
    "granite": family(
        "granite",
        "GraniteForCausalLM",
        embedding_multiplier=12.0,
        residual_multiplier=0.22,
        attention_multiplier=0.2,
        logits_scaling=1.5,
        tie_word_embeddings=True,
        attention_bias=False,
    ),
    "olmo2": family("olmo2", "Olmo2ForCausalLM", num_key_value_heads=4, head_dim=4, rope_theta=500000.0),
    "phi3": family(
        "phi3", "Phi3ForCausalLM", head_dim=4, sliding_window=9, original_max_position_embeddings=64
    ),
    "gemma2": family(
        "gemma2",
        "Gemma2ForCausalLM",
        attn_logit_softcapping=2.0,
        final_logit_softcapping=3.0,
        **GEMMA,
    ),
    "gemma3": family(
        "gemma3_text",
        "Gemma3ForCausalLM",
        layers=3,
        sliding_window_pattern=2,
        rope_theta=1000000.0,
        rope_local_base_freq=100.0,
        rope_scaling={"rope_type": "linear", "factor": 4.0},
        **GEMMA,
    ),
}


def random_weights(config, generator):
    """Of each tensor that the family has: matrices of unit gain, norms around what leaves numbers alone."""
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config))
    neutral = {name: value.mean().round() for name, value in model.state_dict().items() if "norm" in name}
    weights = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name in neutral:
            weights[name] = neutral[name] + 0.2 * noise
        elif "embed" in name or "lm_head" in name:
            weights[name] = 0.3 * noise
        elif value.dim() == 2:
            weights[name] = noise * value.shape[1] ** -0.5
        else:
            weights[name] = 0.5 * noise
    return {name: tensor.to(torch.bfloat16) for name, tensor in weights.items()}


def make(root, name, config):
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    save(folder / "model.safetensors", random_weights(config, generator))
    ids = torch.randint(0, config["vocab_size"], (BATCH, LENGTH), generator=generator)
    logits = stock_logits(folder, ids)
    print(f"{name}: logits std {logits.std():.2f}")
    assert 0.3 < logits.std() < 5
    save(folder / "expected.safetensors", {"input_ids": ids.int(), "logits": logits})


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources" / "fixtures"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    torch.set_num_threads(1)  # sums in one order
    for name in sys.argv[2:] or FIXTURES:
        make(root, name, FIXTURES[name])


if __name__ == "__main__":
    main()
