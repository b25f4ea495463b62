"""Writes methods/src/test/resources/fixtures/layers: a tiny LLaMA of six layers, and what transformers computes with some of
them deleted from model.model.layers. Python of benchmarks/python.sh."""

import copy
import json
import math
import pathlib
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

LAYERS = 6
GONE = [[], [1], [4], [2, 3], [1, 4], [0], [5], [3, 4, 5]]


def main(folder: pathlib.Path) -> None:
    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=96, hidden_size=16, intermediate_size=24, num_hidden_layers=LAYERS, num_attention_heads=4,
        num_key_value_heads=2, head_dim=4, max_position_embeddings=64, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=0, initializer_range=0.3)
    ids = torch.randint(1, 96, (6, 12))
    expected = {"ids": ids.tolist(), "losses": []}
    for gone in GONE:
        torch.manual_seed(6)
        model = LlamaForCausalLM(copy.deepcopy(config)).float().eval()
        if not gone:
            model.save_pretrained(folder)
            expected |= streams(model, ids) | sizes(model, ids)
        for layer in reversed(gone):
            del model.model.layers[layer]
        for index, layer in enumerate(model.model.layers):
            layer.self_attn.layer_idx = index
        model.config.num_hidden_layers = len(model.model.layers)
        with torch.no_grad():
            loss = model(ids, labels=ids, use_cache=False).loss.item()
        expected["losses"].append({"gone": gone, "loss": loss})
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def streams(model, ids) -> dict:
    """What goes into each layer, and out of the last one before the final norm."""
    seen = []
    hooks = [layer.register_forward_pre_hook(lambda m, args, kwargs: seen.append(args[0] if args else kwargs["hidden_states"]),
                                             with_kwargs=True) for layer in model.model.layers]
    hooks.append(model.model.norm.register_forward_pre_hook(lambda m, args: seen.append(args[0])))
    with torch.no_grad():
        model(ids, use_cache=False)
    for hook in hooks:
        hook.remove()
    cosine = torch.nn.functional.cosine_similarity
    x = [stream.double() for stream in seen]
    influence = [(1 - cosine(x[i], x[i + 1], dim=-1)).mean().item() for i in range(LAYERS)]
    angles = [(torch.arccos(cosine(x[i][:, -1], x[i + 2][:, -1], dim=-1)) / math.pi).mean().item()
              for i in range(LAYERS - 1)]
    return {"influence": influence, "angles": angles}


def sizes(model, ids) -> dict:
    """Sums of |w g| and of |w| over all that a layer has."""
    model(ids, labels=ids, use_cache=False).loss.backward()
    layers = [list(layer.parameters()) for layer in model.model.layers]
    taylor = [sum((w * w.grad).abs().double().sum().item() for w in layer) for layer in layers]
    magnitude = [sum(w.abs().double().sum().item() for w in layer) for layer in layers]
    model.zero_grad()
    return {"taylor": taylor, "magnitude": magnitude}


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
