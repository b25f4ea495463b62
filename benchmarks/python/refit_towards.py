"""The closed form of docs/methods/closed-form.md in PyTorch, with and without a fit to the intact model's residual stream."""

import argparse
import json
import math
import pathlib
import random
import time

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENGTH = 512
WINDOWS = 40
HELD_OUT_DOCUMENTS = 200
CHUNK = 8  # sequences that go through a layer at once
BATCHES = 192  # the surgeon removes this part of the channels at a time
DAMPING = 0.01
GONE = 0.2  # of all projections, taken from the FFN alone


def main():
    arguments = argparse.ArgumentParser(prog="refit-towards")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument("--tokens", type=int, default=49152, help="of calibration text")
    arguments.add_argument("--share", type=float, action="append", help="of the lag that is fitted to; may be repeated (default 0 and 1)")
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_grad_enabled(False)
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    calibration, texts = read(a, tokenizer)
    print("| share of the lag | stream's squared error, of its norm | wikitext-2 | c4 held out | seconds |\n|---|---|---|---|---|", flush=True)
    for share in a.share or [0.0, 1.0]:
        model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32).eval()
        begin = time.time()
        error = prune(model, calibration, share)
        seconds = time.time() - begin
        found = " | ".join(f"{perplexity(model, text):.2f}" for text in texts)
        print(f"| {share:g} | {error:.4f} | {found} | {seconds:.0f} |", flush=True)


def read(a, tokenizer):
    """Calibration sequences, and windows of the two texts: [sequences, LENGTH] each."""
    documents = []
    for part in sorted((a.data / "redpajama-sample/c4-rp").glob("*.jsonl")):
        documents += [json.loads(line)["text"] for line in part.read_text("utf-8").splitlines()]
    held_out, documents = documents[-HELD_OUT_DOCUMENTS:], documents[:-HELD_OUT_DOCUMENTS]
    random.Random(1).shuffle(documents)
    wikitext = tokenizer((a.data / "wikitext-2/valid.txt").read_text("utf-8"))["input_ids"]
    windows = torch.tensor(wikitext[: WINDOWS * LENGTH]).view(-1, LENGTH)
    return packed(tokenizer, documents, a.tokens), (windows, packed(tokenizer, held_out, WINDOWS * LENGTH))


def packed(tokenizer, documents, count):
    ids = []
    for document in documents:
        if len(ids) >= count:
            break
        ids += [*tokenizer(document)["input_ids"], tokenizer.eos_token_id]
    return torch.tensor(ids[:count]).view(-1, LENGTH)


def prune(model, calibration, share):
    """Returns the squared error of the last layer's stream [sequences, LENGTH, hidden], tokens over their RMS, mean."""
    body = model.model
    width = model.config.intermediate_size
    kept = width - round(GONE * parameters(body.layers[0]) / (3 * model.config.hidden_size))
    intact = torch.cat([body.embed_tokens(rows) for rows in calibration.split(CHUNK)])
    cut = intact.clone()
    rope = body.rotary_emb(intact[:1], torch.arange(LENGTH)[None])
    for layer in body.layers:
        attention = inputs_of_o(layer, rope)
        o = layer.self_attn.o_proj.weight
        intact = each(intact, lambda h: h + F.linear(attention(h), o))
        if share > 0:
            o.copy_(o + share * towards(cut, intact, attention, o, DAMPING))
        cut = each(cut, lambda h: h + F.linear(attention(h), o))
        intact, cut = ffn(layer, intact, cut, kept, share)
    return (weighted(intact - cut, intact) ** 2).mean().item()


def parameters(layer):
    return sum(weight.numel() for weight in layer.parameters() if weight.dim() == 2)


def ffn(layer, intact, cut, kept, share):
    mlp = layer.mlp
    whole = mlp.down_proj.weight

    def inner(h):
        x = layer.post_attention_layernorm(h)
        return F.silu(mlp.gate_proj(x)) * mlp.up_proj(x)

    ahead = each(intact, lambda h: h + F.linear(inner(h), whole))
    gram, lag = sums(cut, ahead, inner, whole)
    ridge = DAMPING * gram.diagonal().mean()
    stay = surgeon(whole.double(), gram + ridge * torch.eye(len(gram), dtype=torch.double), len(gram) - kept)
    given = whole.double() @ gram + ridge * whole.double() + share * lag
    small = gram[stay][:, stay] + ridge * torch.eye(len(stay), dtype=torch.double)
    mlp.down_proj.weight = parameter(torch.linalg.solve(small, given[:, stay].T).T.float())
    for projection in (mlp.gate_proj, mlp.up_proj):
        projection.weight = parameter(projection.weight[stay].clone())
    return ahead, each(cut, lambda h: h + F.linear(inner(h), mlp.down_proj.weight))


def towards(cut, ahead, inner, weight, damping):
    """What a matrix that keeps all its columns would have to add for the stream to be where the intact one is."""
    gram, lag = sums(cut, ahead, inner, weight)
    return torch.linalg.solve(gram + damping * gram.diagonal().mean() * torch.eye(len(gram), dtype=torch.double), lag.T).T.float()


def sums(cut, ahead, inner, weight):
    """Gram matrix of the inputs [F, F], and how what the stream lags goes with them [hidden, F]."""
    gram = torch.zeros(weight.shape[1], weight.shape[1], dtype=torch.double)
    lag = torch.zeros(weight.shape, dtype=torch.double)
    for h, goal in zip(cut.split(CHUNK), ahead.split(CHUNK), strict=True):
        x = inner(h)
        own = h + F.linear(x, weight)
        x_w, r_w = (weighted(t, own).flatten(0, 1) for t in (x, goal - own))
        gram += (x_w.T @ x_w).double()
        lag += (r_w.T @ x_w).double()
    return gram, lag


def weighted(values, stream):
    return values * torch.rsqrt((stream**2).mean(-1, keepdim=True) + 1e-12)


def surgeon(w, gram, count):
    """The columns that stay when the cheapest go, a few at a time, the others re-fitted each time."""
    p = torch.linalg.inv(gram)
    w = w.clone()
    here = torch.ones(len(gram), dtype=torch.bool)
    batch = max(1, len(gram) // BATCHES)
    while count > 0:
        costs = (w**2).sum(0) / p.diagonal()
        costs[~here] = math.inf
        gone = costs.topk(min(batch, count), largest=False).indices
        solved = torch.linalg.solve(p[gone][:, gone], p[gone])
        w -= w[:, gone] @ solved
        p -= p[:, gone] @ solved
        w[:, gone], p[gone], p[:, gone] = 0, 0, 0
        here[gone] = False
        count -= len(gone)
    return here.nonzero().flatten()


def inputs_of_o(layer, rope):
    seen = {}
    layer.self_attn.o_proj.register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))

    def inputs(h):
        layer.self_attn(hidden_states=layer.input_layernorm(h), position_embeddings=rope, attention_mask=None)
        return seen["x"]

    return inputs


def each(stream, what):
    return torch.cat([what(h) for h in stream.split(CHUNK)])


def parameter(weight):
    return torch.nn.Parameter(weight, requires_grad=False)


def perplexity(model, rows):
    total = 0.0
    for part in rows.split(4):
        logits = model(part).logits[:, :-1]
        total += F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten(), reduction="sum").item()
    return math.exp(total / rows[:, 1:].numel())


if __name__ == "__main__":
    main()
