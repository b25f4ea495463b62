def activity_add(self, squares_F: Tensor, x_TF: Tensor, b: int) -> Tensor:
  # squares += sum over b sequences of (mean over tokens of |x_j|)^2; means in float32, the sum of sequences in float64.
  means_BF = torch.to(torch.mean(torch.abs(torch.reshape(x_TF, [b, -1, torch.size(x_TF, 1)])), [1]), 7)
  return torch.add_(squares_F, torch.sum(torch.mul(means_BF, means_BF), [0]))
