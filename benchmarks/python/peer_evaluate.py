#!/usr/bin/env python3
"""Peer of `espalier evaluate`: perplexity and choice accuracy with stock transformers, float32, printed in the same JSON.

    peer_evaluate.py MODEL_DIR [--perplexity TEXT]... [--choices JSONL]... [--window N] [--limit N]

--limit is the number of windows of a text and of items of a choices file.
"""

import argparse
import json
import math
import os
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: E402

TOKENS_PER_BATCH = 2048


def load(folder):
    """(model, tokenizer). tokenizer.json is taken as it is: AutoTokenizer may rebuild it from the class in the config."""
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    problems = {kind: sorted(map(str, found)) for kind, found in report.items() if found}
    if problems:
        sys.exit(f"{folder} does not load cleanly: {problems}")
    model.eval()
    return model, PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


@torch.inference_mode()
def perplexity(model, tokenizer, file, window, limit):
    """One tokenisation, non-overlapping windows, every position that has a predecessor in its window.

    The last, shorter window is dropped unless it is the only one.
    """
    ids = torch.tensor(tokenizer(pathlib.Path(file).read_text(encoding="utf-8")).input_ids)
    window = min(window, model.config.max_position_embeddings, len(ids))
    if window < 2:
        sys.exit(f"{file} has {len(ids)} tokens: there is nothing to predict")
    count = len(ids) // window
    windows = ids[: count * window].view(count, window)[:limit]
    total = 0.0
    for batch in windows.split(max(1, TOKENS_PER_BATCH // window)):
        logits = model(input_ids=batch, use_cache=False).logits[:, :-1]
        total += F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), reduction="sum").item()
    tokens = windows.shape[0] * (window - 1)
    return {"file": str(file), "window": window, "tokens": tokens, "value": math.exp(total / tokens)}


@torch.inference_mode()
def choices(model, tokenizer, file, limit):
    """Summed log-probability of the choice after the query; ties go to the first.

    Query + " " + choice is one text: some tokenizers begin every text with a space of their own. White space at the end
    of a query counts to its choices.
    """
    items = [json.loads(line) for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines() if line.strip()][:limit]
    sequences = []  # (item, choice, ids, length of the query)
    for i, item in enumerate(items):
        query = len(tokenizer(item["query"].rstrip()).input_ids)
        for c, choice in enumerate(item["choices"]):
            sequences.append((i, c, tokenizer(item["query"] + " " + choice).input_ids, query))
    scores = [[0.0] * len(item["choices"]) for item in items]
    for group in batches(sequences):
        for (i, c, _, _), score in zip(group, score_endings(model, group)):
            scores[i][c] = score

    def accuracy(value):
        right = sum(
            max(range(len(s)), key=lambda c: value(s[c], item["choices"][c])) == item["gold"]
            for item, s in zip(items, scores)
        )
        return right / len(items)

    acc = accuracy(lambda score, _: score)
    acc_norm = accuracy(lambda score, choice: score / len(choice.encode()))
    return {"file": str(file), "n": len(items), "acc": acc, "acc_norm": acc_norm}


def batches(sequences):
    """Sequences of similar length together, so that little is spent on padding."""
    group, longest = [], 0
    for sequence in sorted(sequences, key=lambda s: len(s[2])):
        longest = len(sequence[2])
        if group and (len(group) + 1) * longest > TOKENS_PER_BATCH:
            yield group
            group = []
        group.append(sequence)
    if group:
        yield group


def score_endings(model, group):
    """Runs a right-padded batch; the head is applied to the positions that predict an ending and to no other."""
    longest = max(len(ids) for _, _, ids, _ in group)
    # Causal attention never looks at padding on the right, so no attention mask is needed.
    batch = torch.tensor([ids + [0] * (longest - len(ids)) for _, _, ids, _ in group])
    hidden = model.model(input_ids=batch, use_cache=False).last_hidden_state
    rows = torch.cat([torch.full((len(ids) - start,), r) for r, (_, _, ids, start) in enumerate(group)])
    columns = torch.cat([torch.arange(start, len(ids)) for _, _, ids, start in group])
    logits = model.lm_head(hidden[rows, columns - 1])
    found = -F.cross_entropy(logits, batch[rows, columns], reduction="none")
    return torch.zeros(len(group)).index_add_(0, rows, found).tolist()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("--perplexity", action="append", default=[])
    arguments.add_argument("--choices", action="append", default=[])
    arguments.add_argument("--window", type=int, default=2048)
    arguments.add_argument("--limit", type=int)
    a = arguments.parse_args()
    start = time.perf_counter()
    model, tokenizer = load(a.model)
    loaded = time.perf_counter()
    result = {
        "model": a.model,
        "parameters": sum(p.numel() for p in model.parameters()),
        "perplexity": [perplexity(model, tokenizer, f, a.window, a.limit) for f in a.perplexity],
        "choices": [choices(model, tokenizer, f, a.limit) for f in a.choices],
    }
    result["seconds"] = {"load": loaded - start, "evaluate": time.perf_counter() - loaded}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
