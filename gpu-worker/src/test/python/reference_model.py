"""A LLaMA decoder in plain PyTorch with NutePrune's masks and LoRA, written to be read beside the paper's code.

It exists so that gradients have a second opinion: nothing here is shared with the TorchScript kernels under test.
Weights are a dict under their Hugging Face names; masks and LoRA are arguments, None meaning the intact model.
"""

import torch

PROJECTIONS = {
    "q": "self_attn.q_proj",
    "k": "self_attn.k_proj",
    "v": "self_attn.v_proj",
    "o": "self_attn.o_proj",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}


class Reference:
    """`config` is the parsed config.json; `weights` maps Hugging Face names to tensors of one dtype."""

    def __init__(self, config, weights):
        self.config = config
        self.weights = weights

    def forward(self, ids, masks=None, lora=None, scaling=1.0):
        """ids [B, S] -> (logits [B, S, V], hidden states [L, B, S, d]).

        masks: {"hidden": [d], "heads": [L, H], "ffn": [L, I]}; lora: {"lora.{layer}.{projection}.{a|b}": tensor}.
        Hidden state i is the raw output of layer i, except the last, which is taken after the final norm.
        """
        config = self.config
        hidden_mask = masks["hidden"] if masks else 1.0
        x = self.weights["model.embed_tokens.weight"][ids] * hidden_mask
        cos, sin = self._rope(ids.shape[1], x.dtype)
        states = []
        for layer in range(config["num_hidden_layers"]):
            prefix = f"model.layers.{layer}."

            def project(projection, value):
                name = prefix + PROJECTIONS[projection]
                result = value @ self.weights[name + ".weight"].T
                if name + ".bias" in self.weights:
                    result = result + self.weights[name + ".bias"]
                if lora:
                    a, b = (lora[f"lora.{layer}.{projection}.{side}"] for side in "ab")
                    result = result + scaling * (value @ a.T) @ b.T
                return result

            n = self._norm(x, prefix + "input_layernorm.weight")
            heads = self._attend(project("q", n), project("k", n), project("v", n), cos, sin)
            if masks:
                heads = heads * masks["heads"][layer][None, :, None, None]
            x = x + project("o", heads.transpose(1, 2).flatten(2)) * hidden_mask

            n = self._norm(x, prefix + "post_attention_layernorm.weight")
            gate, up = project("gate", n), project("up", n)
            if masks:  # on both branches, and before the SiLU, as NutePrune has it
                gate, up = gate * masks["ffn"][layer], up * masks["ffn"][layer]
            x = x + project("down", torch.nn.functional.silu(gate) * up) * hidden_mask
            states.append(x)
        states[-1] = self._norm(x, "model.norm.weight")
        head = self.weights.get("lm_head.weight", self.weights["model.embed_tokens.weight"])
        return states[-1] @ head.T, torch.stack(states)

    def _norm(self, x, name):
        # The mean runs over the true width d: pruned channels are zeros and still count.
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.config["rms_norm_eps"]) * self.weights[name]

    def _rope(self, length, dtype):
        dim = head_dim(self.config)
        frequency = self.config["rope_theta"] ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
        angle = torch.outer(torch.arange(length, dtype=torch.float64), frequency).repeat(1, 2)
        return angle.cos().to(dtype), angle.sin().to(dtype)

    def _attend(self, q, k, v, cos, sin):
        """Causal attention; [B, S, heads * head_dim] each -> [B, H, S, head_dim]."""
        dim = head_dim(self.config)
        q, k, v = (t.unflatten(-1, (-1, dim)).transpose(1, 2) for t in (q, k, v))
        q, k = (t * cos + torch.cat((-t[..., dim // 2 :], t[..., : dim // 2]), -1) * sin for t in (q, k))
        group = q.shape[1] // k.shape[1]
        k, v = (t.repeat_interleave(group, 1) for t in (k, v))
        scores = q @ k.transpose(-1, -2) / dim**0.5
        future = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).triu(1)
        return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


def head_dim(config):
    return config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
