#!/usr/bin/env python3
"""Peer of `espalier bench-step nuteprune`: the NutePrune step as a good user of PyTorch, transformers and peft writes it.

Frozen base, LoRA of rank 8 on q and v, hard-concrete masks on query heads, FFN channels and hidden channels laid over
the stock model by forward hooks; the intact model as teacher. Formulas: arXiv 2402.09773 and its authors' code, except
that the expected size is taken in its factorised form (the published outer product alone costs seconds and gigabytes).
"""

import json
import math

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model

import smollm2
from measure import median_seconds, peak_rss_bytes

TEMPERATURE, TARGET = 2 / 3, 0.2


class Gates(torch.nn.Module):
    """Log-alphas of the hard-concrete masks, one sample of them, and the expected sparsity."""

    def __init__(self, config):
        super().__init__()
        layers, self.hidden, self.heads = config.num_hidden_layers, config.hidden_size, config.num_attention_heads
        self.alphas = torch.nn.ParameterDict(
            {
                "heads": 10 + 0.01 * torch.randn(layers, self.heads),
                "ffn": math.log(99) + 0.01 * torch.randn(layers, config.intermediate_size),
                "hidden": 10 + 0.01 * torch.randn(self.hidden),
            }
        )
        grouped = config.num_key_value_heads != config.num_attention_heads
        self.head_parameters = (2 if grouped else 4) * self.hidden * config.head_dim
        self.stable = 2 * layers * self.hidden * config.num_key_value_heads * config.head_dim if grouped else 0
        self.prunable = layers * (self.heads * self.head_parameters + config.intermediate_size * 3 * self.hidden)

    def sample(self):
        return {name: self._sample(alpha) for name, alpha in self.alphas.items()}

    @staticmethod
    def _sample(alpha):
        u = torch.empty_like(alpha).uniform_(1e-6, 1 - 1e-6)
        return (torch.sigmoid((torch.logit(u) + alpha) * 1.5) * 1.2 - 0.1).clamp(0, 1)

    def expected_sparsity(self):
        alive = {n: torch.sigmoid(a + math.log(11) / 1.5).clamp(1e-6, 1 - 1e-6) for n, a in self.alphas.items()}
        per_channel = self.head_parameters / self.hidden * alive["heads"].sum() + 3 * alive["ffn"].sum()
        return 1 - (alive["hidden"].sum() * per_channel + self.stable) / (self.prunable + self.stable)

    @torch.no_grad()
    def constrain(self):
        for alpha in self.alphas.values():
            alpha.clamp_(math.log(0.01), math.log(100))


class Masking:
    """Hooks on a stock LLaMA that multiply by `self.masks`; None leaves the model as it was."""

    def __init__(self, llama, head_dim):
        self.masks = None
        self.head_dim = head_dim
        self._scale(llama.embed_tokens, lambda masks: masks["hidden"])
        for i, layer in enumerate(llama.layers):
            layer.self_attn.o_proj.register_forward_pre_hook(self._scale_heads(i))
            self._scale(layer.self_attn.o_proj, lambda masks: masks["hidden"])
            self._scale(layer.mlp.gate_proj, lambda masks, i=i: masks["ffn"][i])
            self._scale(layer.mlp.up_proj, lambda masks, i=i: masks["ffn"][i])
            self._scale(layer.mlp.down_proj, lambda masks: masks["hidden"])

    def _scale(self, module, choose):
        module.register_forward_hook(lambda _, __, out: out if self.masks is None else out * choose(self.masks))

    def _scale_heads(self, i):
        def hook(_, inputs):
            if self.masks is None:
                return None
            return (inputs[0] * self.masks["heads"][i].repeat_interleave(self.head_dim),)

        return hook


def distillation_loss(student, teacher, kept):
    """0.1 KL(batchmean, tau = 2/3) + 0.9 sum over layers of the MSE on kept hidden channels."""
    kl = TEMPERATURE**2 * F.kl_div(
        F.log_softmax(student.logits / TEMPERATURE, -1),
        F.softmax(teacher.logits / TEMPERATURE, -1),
        reduction="batchmean",
    )
    elements = smollm2.BATCH * smollm2.LENGTH * kept.sum()
    pairs = zip(student.hidden_states[1:], teacher.hidden_states[1:])
    layers = sum(((s - t).square() * kept).sum() / elements for s, t in pairs)
    return 0.1 * kl + 0.9 * layers


def main():
    base = smollm2.model()
    config = base.config
    masking = Masking(base.model, config.head_dim)
    model = get_peft_model(base, LoraConfig(r=8, lora_alpha=8, target_modules=["q_proj", "v_proj"]))
    gates, multipliers = Gates(config), torch.nn.Parameter(torch.zeros(2))
    lora = [p for p in model.parameters() if p.requires_grad]
    optimizers = [
        torch.optim.AdamW(lora, lr=1e-3, weight_decay=0.0, fused=True),
        torch.optim.AdamW(gates.parameters(), lr=0.1, weight_decay=0.0, fused=True),
        torch.optim.AdamW([multipliers], lr=0.1, weight_decay=0.0, maximize=True),
    ]

    def step(i):
        ids = smollm2.batch(i)
        masking.masks = None
        model.eval()
        with torch.no_grad(), model.disable_adapter():
            teacher = model(input_ids=ids, output_hidden_states=True)
        model.train()
        masking.masks = gates.sample()
        student = model(input_ids=ids, output_hidden_states=True)
        gap = gates.expected_sparsity() - TARGET * min(1.0, i / 5)
        loss = distillation_loss(student, teacher, (masking.masks["hidden"].detach() != 0).float())
        (loss + multipliers[0] * gap + multipliers[1] * gap.square()).backward()
        torch.nn.utils.clip_grad_norm_(lora, 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        gates.constrain()

    seconds = median_seconds(step, smollm2.WARM_UPS, smollm2.STEPS)
    print(json.dumps({"seconds_per_step": seconds, "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
