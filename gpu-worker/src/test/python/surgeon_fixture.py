"""A least-squares case small enough to follow by hand: which columns go, and what the others take over."""

import torch

TOKENS, OUT, IN, REMOVED, DAMPING, HEAD = 200, 8, 12, 6, 0.01, 3


def surgeon():
    """All tensors of surgeon.safetensors. W [OUT, IN], X [TOKENS, IN]; float64 inside, float32 on disk."""
    generator = torch.Generator().manual_seed(25)  # one in which pairs choose other columns than singles
    mixing = torch.randn(5, IN, generator=generator)
    x = torch.randn(TOKENS, 5, generator=generator) @ mixing + 0.4 * torch.randn(TOKENS, IN, generator=generator)
    w = torch.randn(OUT, IN, generator=generator)
    weight, gram = w.double(), damped_gram(x.double())
    out = {"w": w, "x": x, "gram": gram, "first.costs": column_costs(weight, gram.inverse())}
    for at_once in (1, 2):
        order, costs, fitted = greedy(weight, gram, at_once)
        out[f"greedy.{at_once}.order"] = order.int()
        out[f"greedy.{at_once}.costs"] = costs
        out[f"greedy.{at_once}.w"] = fitted
        kept = torch.tensor([j for j in range(IN) if j not in order.tolist()])
        # Removing one by one and fitting once to the same kept set are the same least squares problem.
        assert torch.allclose(fitted, refit(weight, gram, kept), atol=1e-9)
        error = ((weight - fitted) @ gram * (weight - fitted)).sum()
        assert torch.allclose(costs.sum(), error), "the costs of the steps must add up to the final error"
    kept = torch.tensor([0, 2, 3, 7, 8, 10, 11])
    out["refit.kept"], out["refit.w"] = kept.int(), refit(weight, gram, kept)
    out["heads.costs"] = torch.stack([set_cost(weight, gram.inverse(), torch.arange(h, h + HEAD)) for h in range(0, IN, HEAD)])
    return {name: t if t.dtype == torch.int32 else t.float() for name, t in out.items()}


def damped_gram(x):
    gram = x.T @ x
    return gram + DAMPING * gram.diagonal().mean() * torch.eye(IN, dtype=x.dtype)


def column_costs(w, p):
    return w.square().sum(0) / p.diagonal()


def set_cost(w, p, columns):
    """trace(W_S (P_SS)^-1 W_S^T): the exact joint cost of removing the columns S."""
    return (w[:, columns] @ p[columns][:, columns].inverse() * w[:, columns]).sum()


def greedy(w, gram, at_once):
    """Takes the `at_once` cheapest columns by single cost, removes them jointly, re-fits, repeats."""
    w, p = w.clone(), gram.inverse()
    left, order, costs = list(range(IN)), [], []
    while len(order) < REMOVED:
        cost = column_costs(w[:, left], p[left][:, left])
        chosen = torch.tensor([left[i] for i in cost.argsort(stable=True)[:at_once]])
        costs.append(set_cost(w, p, chosen))
        inverse = p[chosen][:, chosen].inverse()
        w = w - w[:, chosen] @ inverse @ p[chosen]
        p = p - p[:, chosen] @ inverse @ p[chosen]
        w[:, chosen] = 0
        order += chosen.tolist()
        left = [j for j in left if j not in order]
    return torch.tensor(order), torch.stack(costs), w


def refit(w, gram, kept):
    out = torch.zeros_like(w)
    out[:, kept] = w @ gram[:, kept] @ gram[kept][:, kept].inverse()
    return out
