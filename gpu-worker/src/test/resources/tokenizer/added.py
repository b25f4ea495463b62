#!/usr/bin/env python3
"""Writes added.json beside it: what transformers makes of tokenizer.json with other files that name tokens.

Needs transformers (benchmarks/README.md).
"""

import json
import pathlib
import shutil
import tempfile

from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent
TEXT = "The <tool>cat</tool> ran <pad> to <|extra|> the [X] mat <|image|> <v> cat."
CLASS = {"tokenizer_class": "PreTrainedTokenizerFast"}


def token(content, **more):
    flags = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    return {"content": content, **flags, **more}


DECODER = {"281": token("</tool>", special=False, normalized=True), "280": token("<tool>", special=False)}
LEGACY = {
    "added_tokens.json": {"</tool>": 281, "<tool>": 280},
    "special_tokens_map.json": {"pad_token": "<pad>", "additional_special_tokens": ["[X]"]},
}
CASES = {
    "none": {"tokenizer_config.json": CLASS},
    "decoder": {"tokenizer_config.json": {**CLASS, "added_tokens_decoder": DECODER}},
    "gap": {"tokenizer_config.json": {**CLASS, "added_tokens_decoder": {"400": token("<tool>", lstrip=True)}}},
    "other-flags": {"tokenizer_config.json": {**CLASS, "added_tokens_decoder": {"262": token("cat", rstrip=True)}}},
    "named": {
        "tokenizer_config.json": {
            **CLASS,
            "pad_token": "<pad>",
            "additional_special_tokens": ["<|extra|>", {**token("[X]"), "__type": "AddedToken"}],
        }
    },
    "named-and-decoder": {
        "tokenizer_config.json": {
            **CLASS,
            "pad_token": "<pad>",
            "additional_special_tokens": ["<|extra|>"],
            "image_token": "<|image|>",
            "added_tokens_decoder": {"280": token("<|extra|>")},
        }
    },
    "words-of-the-vocabulary": {"tokenizer_config.json": {**CLASS, "additional_special_tokens": ["cat", "the"]}},
    "legacy": {"tokenizer_config.json": CLASS, **LEGACY},
    "legacy-alone": LEGACY,
    "legacy-unread": {"tokenizer_config.json": {**CLASS, "added_tokens_decoder": DECODER}, **LEGACY},
    "extra-by-name": {"tokenizer_config.json": {**CLASS, "extra_special_tokens": {"image_token": "<|image|>"}}},
}


def case(name, files):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "tokenizer.json", folder)
        for file, content in files.items():
            (pathlib.Path(folder) / file).write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        largest = max(tokenizer.get_vocab().values())
        return {"name": name, "files": files, "ids": tokenizer(TEXT)["input_ids"], "size": largest + 1}


cases = [case(name, files) for name, files in CASES.items()]
(HERE / "added.json").write_text(json.dumps({"text": TEXT, "cases": cases}, indent=1) + "\n")
