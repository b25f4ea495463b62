def fluctuation_add(self, sums_3F: Tensor, x_TF: Tensor) -> Tensor:
  # sums += [number of tokens, sum of x_j, sum of x_j^2], in float64: a variance is a small difference of large sums.
  x = torch.to(x_TF, 7)
  return torch.add_(sums_3F, torch.stack([torch.sum(torch.ones_like(x), [0]), torch.sum(x, [0]), torch.sum(torch.mul(x, x), [0])], 0))
