"""Prints what a llama.cpp computes of gguf files of each family beside what transformers does."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

from families import write
from process import HERE, ROOT

sys.path.insert(0, str(ROOT / "gpu-worker/src/test/python"))
from make_family_fixtures import GEMMA, family  # noqa: E402
from make_fixtures import stock_logits  # noqa: E402

TOKENS = 48
# Shorter than the text, so that a window off by one is seen.
WINDOWED = {**GEMMA, "sliding_window": 9, "num_attention_heads": 8, "head_dim": 24}
CAPS = {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}
# More query channels than the hidden size has, where the family allows it.
WIDE = {"num_attention_heads": 8, "head_dim": 24}
MODELS = {
    "qwen3": family("qwen3", "Qwen3ForCausalLM", tie_word_embeddings=True, rope_scaling={"type": "linear", "factor": 2.0}, **WIDE),
    "smollm3": family("smollm3", "SmolLM3ForCausalLM", layers=6, rope_theta=5000.0, **WIDE),
    "granite": family(
        "granite",
        "GraniteForCausalLM",
        embedding_multiplier=12.0,
        residual_multiplier=0.22,
        attention_multiplier=0.2,
        logits_scaling=1.5,
        tie_word_embeddings=True,
        **WIDE,
    ),
    "olmo2": family("olmo2", "Olmo2ForCausalLM", num_key_value_heads=4, head_dim=16),
    "olmo2-grouped": family("olmo2", "Olmo2ForCausalLM", head_dim=16, tie_word_embeddings=True),
    # llama.cpp looks for tokens of Phi-3 where a name has that in it, and the demo has none of them.
    "phi": family("phi3", "Phi3ForCausalLM", head_dim=16, sliding_window=50, original_max_position_embeddings=64),
    "gemma2": family("gemma2", "Gemma2ForCausalLM", layers=5, **CAPS, **WINDOWED),
    "gemma2-46": family("gemma2", "Gemma2ForCausalLM", layers=46, **CAPS, **WINDOWED),
    "gemma3": family(
        "gemma3_text", "Gemma3ForCausalLM", layers=8, rope_theta=1000000.0, rope_scaling={"rope_type": "linear", "factor": 4.0}, **WINDOWED
    ),
    "gemma3-62": family("gemma3_text", "Gemma3ForCausalLM", layers=62, rope_theta=1000000.0, **WINDOWED),
}


def main():
    arguments = argparse.ArgumentParser(prog="gguf-families")
    arguments.add_argument("source", metavar="SOURCE", type=pathlib.Path)
    arguments.add_argument("libraries", metavar="LIBRARIES", type=pathlib.Path)
    arguments.add_argument("names", metavar="NAME", nargs="*", help=f"any of {' '.join(MODELS)} (default all)")
    a = arguments.parse_args()
    unknown = set(a.names) - set(MODELS)
    if unknown:
        arguments.error(f"{' '.join(unknown)}: no such family, there are {' '.join(MODELS)}")
    print("| written | logits | likeliest tokens |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        program = compiled(a, place)
        ids = torch.randint(0, 2048, (1, TOKENS), generator=torch.Generator().manual_seed(2))
        for name in a.names or MODELS:
            folder = model(place / name, MODELS[name])
            file = exported(folder, place / f"{name}-gguf")
            theirs = torch.tensor(json.loads(run([program, a.libraries, file, *ids[0].tolist()]))).view(TOKENS, -1)
            right = stock_logits(folder, ids).view(TOKENS, -1)
            error = ((theirs - right).abs().max() / right.abs().max()).item()
            same = (theirs.argmax(1) == right.argmax(1)).sum().item()
            print(f"| {name} | {error:.0e} | {same} of {TOKENS} |", flush=True)


def compiled(a, place):
    program = place / "llama_logits"
    libraries = [next(iter(sorted(a.libraries.glob(f"lib{name}.*so*"))), None) for name in ("llama", "ggml", "ggml-base")]
    if None in libraries:
        sys.exit(f"{a.libraries} has no libllama, libggml and libggml-base")
    includes = [f"-I{a.source / folder}" for folder in ("include", "ggml/include")]
    run(["cc", "-O1", *includes, "-o", program, HERE / "llama_logits.c", *libraries, f"-Wl,-rpath,{a.libraries.resolve()}"])
    return program


def model(folder, config):
    """In a size that the demo's tokenizer fits."""
    config = {**config, "vocab_size": 2048, "hidden_size": 64, "intermediate_size": 96}
    config = {**config, "max_position_embeddings": 128, "torch_dtype": "float32"}
    write(folder, config)
    return folder


def exported(folder, target):
    run([ROOT / "espalier", "export", folder, "--format", "gguf", "--dtype", "f32", "--out", target])
    return next(target.glob("*.gguf"))


def run(command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\n{command[0]} ended with exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
