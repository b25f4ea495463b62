#!/usr/bin/env python3
"""Peer of `espalier bench-step pretrain`: a plain language-model step over all weights in stock PyTorch and transformers."""

import json

import torch

import smollm2
from measure import median_seconds, peak_rss_bytes


def main():
    model = smollm2.model().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def step(i):
        ids = smollm2.batch(i)
        model(input_ids=ids, labels=ids).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    seconds = median_seconds(step, smollm2.WARM_UPS, smollm2.STEPS)
    print(json.dumps({"seconds_per_step": seconds, "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
