"""Fisher information of the residual stream after each layer, by transformers and autograd in float64."""

import torch
from transformers import AutoModelForCausalLM


def curvature(folder, ids, generator):
    """All tensors of curvature.safetensors: what was drawn, and sums of squared gradients times squared RMS [d, d]."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    outputs = []

    def keep(_module, _inputs, output):
        output = output if isinstance(output, torch.Tensor) else output[0]
        output.retain_grad()
        outputs.append(output)

    for layer in model.model.layers:
        layer.register_forward_hook(keep)
    log_p = model(ids).logits.flatten(0, 1).log_softmax(1)
    sums = log_p.exp().cumsum(1)
    u = torch.rand(log_p.shape[0], generator=generator)
    while (near := (sums - u[:, None]).abs().min(1).values < 1e-5).any():  # rounding would draw the word
        u[near] = torch.rand(int(near.sum()), generator=generator)
    drawn = (sums <= u[:, None]).sum(1)
    (-log_p.gather(1, drawn[:, None])).sum().backward()
    fixture = {"input_ids": ids.int(), "u": u}
    for layer, output in enumerate(outputs):
        rms = (output.square().mean(-1, keepdim=True) + 1e-12).sqrt()
        g = (output.grad * rms).flatten(0, 1)
        fixture[f"fisher.{layer}"] = (g.T @ g).float()
    return fixture
