#!/usr/bin/env python3
"""Peer of a step of policy-gradient: the masked forward passes as a good user of PyTorch and transformers writes them.

Forward hooks on the stock model multiply by the masks before o_proj and down_proj; two masks for each of four sequences, all
eight as one batch, in inference mode.
"""

import argparse
import json

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

from measure import median_seconds, peak_rss_bytes

ROWS, LENGTH, MASKS, KEEP, WARM_UPS = 4, 128, 2, 0.7, 2


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("--steps", type=int, default=10)
    a = arguments.parse_args()
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32, attn_implementation="sdpa").eval()
    config, layers = model.config, model.model.layers
    masks = {}
    width = config.head_dim * (config.num_attention_heads // config.num_key_value_heads)
    for i, layer in enumerate(layers):
        layer.self_attn.o_proj.register_forward_pre_hook(lambda _, x, i=i: (x[0] * masks["heads"][i],))
        layer.mlp.down_proj.register_forward_pre_hook(lambda _, x, i=i: (x[0] * masks["ffn"][i],))

    def draw(units, repeat):
        # [layers, sequences, 1, units * repeat]
        drawn = torch.rand(len(layers), ROWS * MASKS, 1, units) < KEEP
        return drawn.float().repeat_interleave(repeat, 3)

    @torch.inference_mode()
    def step(i):
        ids = torch.randint(0, config.vocab_size, (ROWS, LENGTH)).repeat_interleave(MASKS, 0)
        masks["heads"] = draw(config.num_key_value_heads, width)
        masks["ffn"] = draw(config.intermediate_size, 1)
        logits = model(input_ids=ids, use_cache=False).logits
        return F.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none").mean(1)

    seconds = median_seconds(step, WARM_UPS, a.steps)
    print(json.dumps({"seconds_per_step": seconds, "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
