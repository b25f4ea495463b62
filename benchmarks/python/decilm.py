"""A nemotron-nas folder in stock transformers' LLaMA modules, put together by the rules of vLLM's nemotron_nas.py.

transformers has no such class: NVIDIA's models bring it along as code. This reads config.json as that does: query heads
are as many everywhere, KV heads follow from n_heads_in_group, a width is ffn_mult's, rounded up to a multiple of 256; a
sub-block that is none has no tensors, and no norm."""

import json

import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaMLP


def width(multiplier, hidden):
    return -(-int(2 * multiplier * hidden / 3) // 256) * 256


class Nothing(torch.nn.Module):
    """In place of a sub-block: what is added to the stream is zero."""

    def forward(self, hidden_states, **_):
        return torch.zeros_like(hidden_states)


class NoAttention(Nothing):
    def forward(self, hidden_states, **_):
        return super().forward(hidden_states), None


def load(folder):
    """In float32; every tensor of the folder must have its place, and every place its tensor."""
    fields = json.loads((folder / "config.json").read_text())
    blocks = fields.pop("block_configs")
    assert (fields["model_type"], fields["architectures"]) == ("nemotron-nas", ["DeciLMForCausalLM"])
    fields = {name: value for name, value in fields.items() if name not in ("model_type", "architectures", "torch_dtype")}
    fields["intermediate_size"] = 256  # of each block its own
    config = LlamaConfig(**fields, attn_implementation="eager")
    model = LlamaForCausalLM(config)
    for index, (layer, block) in enumerate(zip(model.model.layers, blocks, strict=True)):
        attention, ffn = block["attention"], block["ffn"]
        if attention["no_op"]:
            layer.self_attn, layer.input_layernorm = NoAttention(), torch.nn.Identity()
        else:
            assert config.num_attention_heads % attention["n_heads_in_group"] == 0
            own = LlamaConfig(**{**fields, "num_key_value_heads": config.num_attention_heads // attention["n_heads_in_group"]})
            own._attn_implementation = "eager"
            layer.self_attn = LlamaAttention(own, index)
        if ffn["no_op"]:
            layer.mlp, layer.post_attention_layernorm = Nothing(), torch.nn.Identity()
        else:
            layer.mlp = LlamaMLP(LlamaConfig(**{**fields, "intermediate_size": width(ffn["ffn_mult"], config.hidden_size)}))
    weights = {}
    for file in sorted(folder.glob("*.safetensors")):
        weights.update({name: tensor.float() for name, tensor in load_file(file).items()})
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights)
    model.tie_weights()
    return model.eval()
