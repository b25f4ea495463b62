"""Writes a LLaMA that says nothing: random_llama.py FOLDER TOKENIZER_FOLDER [--layers 22] [--hidden 2048] ...

Its shape is TinyLlama's, about 1.1 billion parameters in bfloat16, unless told otherwise. Needs no packages, and holds a tensor
at a time. Random weights take the memory and the time of learnt ones.
"""

import argparse
import json
import random
import shutil
import struct
from pathlib import Path

# The high byte of a bfloat16 is its sign and all but the lowest bit of its exponent. With a random low byte, three quarters
# of the numbers lie within 2^-7 .. 2^-5, most others below, and their deviation is 0.016, as in models before training.
HIGH = bytes((byte & 0x80) | (0x3C if byte & 0x7F < 96 else 0x3B if byte & 0x7F < 120 else 0x3A) for byte in range(256))
ONE = b"\x80\x3f"


def tensors(shape):
    hidden, ffn, kv = shape.hidden, shape.intermediate, shape.hidden // shape.heads * shape.kv_heads
    yield "model.embed_tokens.weight", (shape.vocabulary, hidden)
    for layer in range(shape.layers):
        at = f"model.layers.{layer}."
        yield at + "input_layernorm.weight", (hidden,)
        yield at + "self_attn.q_proj.weight", (hidden, hidden)
        yield at + "self_attn.k_proj.weight", (kv, hidden)
        yield at + "self_attn.v_proj.weight", (kv, hidden)
        yield at + "self_attn.o_proj.weight", (hidden, hidden)
        yield at + "post_attention_layernorm.weight", (hidden,)
        yield at + "mlp.gate_proj.weight", (ffn, hidden)
        yield at + "mlp.up_proj.weight", (ffn, hidden)
        yield at + "mlp.down_proj.weight", (hidden, ffn)
    yield "model.norm.weight", (hidden,)
    yield "lm_head.weight", (shape.vocabulary, hidden)


def elements(shape):
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def numbers(source, shape):
    if len(shape) == 1:
        return ONE * shape[0]
    values = bytearray(source.randbytes(2 * elements(shape)))
    values[1::2] = values[1::2].translate(HIGH)
    return values


def write(path, shape):
    header, at = {}, 0
    for name, size in tensors(shape):
        header[name] = {"dtype": "BF16", "shape": size, "data_offsets": [at, at + 2 * elements(size)]}
        at += 2 * elements(size)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    source = random.Random(7)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, size in tensors(shape):
            file.write(numbers(source, size))
    return at // 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("tokenizer", type=Path)
    for name, value in dict(layers=22, hidden=2048, heads=32, kv_heads=4, intermediate=5632, vocabulary=32000).items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    shape = parser.parse_args()
    shape.folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(shape.tokenizer / name, shape.folder)
    config = dict(
        model_type="llama",
        architectures=["LlamaForCausalLM"],
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        vocab_size=shape.vocabulary,
        max_position_embeddings=2048,
        rope_theta=10000.0,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        hidden_act="silu",
        bos_token_id=0,
        eos_token_id=0,
        torch_dtype="bfloat16",
    )
    (shape.folder / "config.json").write_text(json.dumps(config, indent=2))
    parameters = write(shape.folder / "model.safetensors", shape)
    print(f"{shape.folder}: {parameters / 1e9:.3f} B parameters, {2 * parameters / 2**30:.2f} GiB")


main()
