#!/usr/bin/env python3
"""Peer of `espalier bench-limits`: the paths of a run as a good user of PyTorch, transformers and peft writes them.

What is trained, and on what losses, is that of `examples/smollm2-20.conf`: under gates the FFN's gates alone, afterwards
LoRA of rank 64 on all projections of a model a fifth smaller, both towards the intact model's distribution.
"""

import argparse
import json
import math
import statistics
import time

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model

import smollm2
from measure import peak_rss_bytes

WARM_UPS = 2
BETA = 2 / 3
#: FFN channels of a uniform model without a fifth of what can be pruned
SMALLER = 1126
MERGED_VALUES = 50_000_000


def distillation(student, teacher):
    """KL(teacher || student) per token."""
    return F.kl_div(
        F.log_softmax(student.flatten(0, 1), -1),
        F.log_softmax(teacher.flatten(0, 1), -1),
        reduction="batchmean",
        log_target=True,
    )


def active(logits):
    return torch.sigmoid(logits + BETA * math.log(11)).clamp(1e-6, 1 - 1e-6)


def projected(logits, kept):
    """The logits, shifted so that `kept` of them are expected to be active."""
    low, high = -60 - logits.max(), 60 - logits.min()
    for _ in range(64):
        middle = (low + high) / 2
        less = active(logits + middle).sum() < kept
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    return logits + (low + high) / 2


def mask_ffn(model, masks):
    """Lays masks[layer] over gate_proj and up_proj; `masks` may be changed afterwards, None switches them off."""

    def scale(layer):
        return lambda _, __, out: out if masks[layer] is None else out * masks[layer]

    for i, layer in enumerate(model.model.layers):
        layer.mlp.gate_proj.register_forward_hook(scale(i))
        layer.mlp.up_proj.register_forward_hook(scale(i))


def spread_logits(config):
    return 3 * torch.randn(config.num_hidden_layers, config.intermediate_size, generator=torch.Generator().manual_seed(1))


def ffn_density(config, sparsity):
    """Share of the FFN channels that a model keeps of which only those go."""
    heads = (2 * config.num_attention_heads + 2 * config.num_key_value_heads) * config.head_dim
    return 1 - sparsity * (heads + 3 * config.intermediate_size) / (3 * config.intermediate_size)


def batch(a, i):
    return smollm2.batch(i, a.batch, a.length)


def gated(a):
    model = smollm2.model().requires_grad_(False).eval()
    config = model.config
    masks = [None] * config.num_hidden_layers
    mask_ffn(model, masks)
    logits = torch.nn.Parameter(spread_logits(config))
    optimizer = torch.optim.Adam([logits], lr=0.05, fused=True)
    kept = ffn_density(config, a.sparsity) * logits.numel()
    temperature = 0.3

    def step(i):
        ids = batch(a, i)
        masks[:] = [None] * len(masks)
        with torch.no_grad():
            teacher = model(input_ids=ids).logits
            sharp = logits / temperature
            shift = projected(sharp.double().flatten(), kept)[0] - sharp.double().flatten()[0]
        u = torch.empty_like(logits).uniform_(1e-6, 1 - 1e-6)
        drawn = torch.sigmoid((torch.logit(u) + logits / temperature + shift.float()) / BETA)
        masks[:] = (drawn * 1.2 - 0.1).clamp(0, 1).unbind(0)
        distillation(model(input_ids=ids).logits, teacher).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def recovery(a):
    intact = smollm2.model().requires_grad_(False).eval()
    model = get_peft_model(
        smollm2.model(SMALLER),
        LoraConfig(
            r=64,
            lora_alpha=64,
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        ),
    )
    lora = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(lora, lr=1e-3, weight_decay=0.0, fused=True)

    def step(i):
        ids = batch(a, i)
        with torch.no_grad():
            teacher = intact(input_ids=ids).logits
        distillation(model(input_ids=ids).logits, teacher).backward()
        torch.nn.utils.clip_grad_norm_(lora, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def weights(a):
    model = smollm2.model().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def step(i):
        ids = batch(a, i)
        model(input_ids=ids, labels=ids).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def forward(a):
    model = smollm2.model().eval()

    @torch.no_grad()
    def step(i):
        ids = batch(a, i)
        logits = model(input_ids=ids).logits
        F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none").tolist()

    return step


def teacher(a):
    model = smollm2.model().eval()
    config = model.config
    logits = spread_logits(config)
    zeros = round((1 - ffn_density(config, a.sparsity)) * logits.numel())
    cut = logits.flatten().sort().values[zeros]
    mask_ffn(model, [(row >= cut).float() for row in logits])

    @torch.no_grad()
    def step(i):
        model.model(input_ids=batch(a, i)).last_hidden_state.sum().item()

    return step


def decode(a):
    model = smollm2.model().eval()
    with torch.no_grad():
        out = model(input_ids=batch(a, 0)[:1], use_cache=True, logits_to_keep=1)
    cache = [out.past_key_values, out.logits]

    @torch.no_grad()
    def step(_):
        token = cache[1][:, -1].argmax(-1, keepdim=True)
        grown = model(input_ids=token, past_key_values=cache[0], use_cache=True)
        cache[:] = [grown.past_key_values, grown.logits]

    return step


def controller(a):
    config = smollm2.config()
    logits = spread_logits(config).double().flatten()
    kept = ffn_density(config, a.sparsity) * logits.numel()
    return lambda _: projected(logits, kept)


def merge(a):
    """Delayed Nesterov's gradient of one stale result, added to the newest version."""
    newest, base, trained = (torch.randn(MERGED_VALUES) for _ in range(3))

    def step(_):
        merged = trained.sub(base).mul_(0.5).add_(newest)
        assert torch.isfinite(merged).all()

    return step


PATHS = (gated, recovery, weights, forward, teacher, decode, controller, merge)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("path", choices=[path.__name__ for path in PATHS])
    arguments.add_argument("--batch", type=int, default=smollm2.BATCH)
    arguments.add_argument("--length", type=int, default=smollm2.LENGTH)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--sparsity", type=float, default=0.1)
    a = arguments.parse_args()
    step = next(path for path in PATHS if path.__name__ == a.path)(a)
    times = []
    for i in range(WARM_UPS + a.rounds):
        start = time.perf_counter()
        step(i)
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(times[WARM_UPS:]), "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
