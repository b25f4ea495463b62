#!/usr/bin/env python3
"""Peer of `espalier bench-step sheared`: the targeted pruning step of Sheared LLaMA as a good user of PyTorch and transformers writes it.

All weights are trained on the text's loss under hard-concrete gates of hidden channels, layers, KV groups and FFN channels,
laid over the stock model by forward hooks, with one pair of multipliers a structure. Formulas: arXiv 2310.06694 and its
authors' code, the targets corrected for bounded logits.
"""

import json
import math

import torch

import smollm2
from measure import median_seconds, peak_rss_bytes

BOUND = math.log(100)
STEPS, WARM_UP = 3200, 640


def open_probability(alpha):
    return torch.sigmoid(alpha + math.log(11) / 1.5).clamp(1e-6, 1 - 1e-6)


class Gates(torch.nn.Module):
    """Log-alphas by structure, one sample of them, and the penalties that hold them to two thirds of each row."""

    def __init__(self, config):
        super().__init__()
        layers = config.num_hidden_layers
        sizes = {
            "hidden": (1, config.hidden_size),
            "layers": (1, layers),
            "heads": (layers, config.num_key_value_heads),
            "ffn": (layers, config.intermediate_size),
        }
        self.alphas = torch.nn.ParameterDict({n: torch.full(size, BOUND) for n, size in sizes.items()})
        surest = [open_probability(torch.tensor(bound)).item() for bound in (BOUND, -BOUND)]
        self.targets = {n: 1 - (2 * surest[0] + surest[1]) / 3 for n in sizes}

    def sample(self):
        return {name: self._sample(alpha) for name, alpha in self.alphas.items()}

    @staticmethod
    def _sample(alpha):
        u = torch.empty_like(alpha).uniform_(1e-6, 1 - 1e-6)
        return (torch.sigmoid((torch.logit(u) + alpha) * 1.5) * 1.2 - 0.1).clamp(0, 1)

    def penalty(self, multipliers, step):
        total = 0
        for (name, alpha), (linear, square) in zip(self.alphas.items(), multipliers):
            gap = 1 - open_probability(alpha).mean(-1) - self.targets[name] * min(1, step / WARM_UP)
            total = total + (linear * gap + square * gap.square()).mean()
        return total

    @torch.no_grad()
    def constrain(self):
        for alpha in self.alphas.values():
            alpha.clamp_(-BOUND, BOUND)


class Masking:
    """Hooks on a stock LLaMA that multiply by `self.masks`."""

    def __init__(self, llama, width):
        self.masks = None
        self._scale(llama.embed_tokens, lambda masks: masks["hidden"][0])
        for i, layer in enumerate(llama.layers):
            layer.self_attn.o_proj.register_forward_pre_hook(
                lambda _, inputs, i=i: (inputs[0] * self.masks["heads"][i].repeat_interleave(width),)
            )
            self._scale(layer.self_attn.o_proj, lambda masks, i=i: masks["hidden"][0] * masks["layers"][0, i])
            self._scale(layer.mlp.gate_proj, lambda masks, i=i: masks["ffn"][i])
            self._scale(layer.mlp.up_proj, lambda masks, i=i: masks["ffn"][i])
            self._scale(layer.mlp.down_proj, lambda masks, i=i: masks["hidden"][0] * masks["layers"][0, i])

    def _scale(self, module, choose):
        module.register_forward_hook(lambda _, __, out: out * choose(self.masks))


def main():
    model = smollm2.model().train()
    config = model.config
    masking = Masking(model.model, config.head_dim * config.num_attention_heads // config.num_key_value_heads)
    gates, multipliers = Gates(config), torch.nn.Parameter(torch.zeros(4, 2))
    optimizers = [
        torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
        torch.optim.AdamW(gates.parameters(), lr=1.0, weight_decay=0.0, fused=True),
        torch.optim.AdamW([multipliers], lr=1.0, weight_decay=0.0, maximize=True),
    ]

    def step(i):
        ids = smollm2.batch(i)
        masking.masks = gates.sample()
        (model(input_ids=ids, labels=ids).loss + gates.penalty(multipliers, i)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        gates.constrain()

    seconds = median_seconds(step, smollm2.WARM_UPS, smollm2.STEPS)
    print(json.dumps({"seconds_per_step": seconds, "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
