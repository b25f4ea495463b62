"""The shape that the step benchmarks share: SmolLM2-135M with random weights, 4 sequences of 128 tokens."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

BATCH, LENGTH = 4, 128
WARM_UPS, STEPS = 2, 8


def config(intermediate=1536):
    config = LlamaConfig(
        hidden_size=576,
        intermediate_size=intermediate,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        vocab_size=49152,
        max_position_embeddings=8192,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        tie_word_embeddings=True,
        initializer_range=1 / 24,
        use_cache=False,
    )
    config._attn_implementation = "sdpa"
    return config


def model(intermediate=1536):
    torch.manual_seed(0)
    return LlamaForCausalLM(config(intermediate)).float()


def batch(step, sequences=BATCH, length=LENGTH):
    generator = torch.Generator().manual_seed(step)
    return torch.randint(0, 49152, (sequences, length), generator=generator)
