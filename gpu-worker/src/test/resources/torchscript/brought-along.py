def doubled_norms(self, x_TF: Tensor) -> Tensor:
  return torch.mul(self.column_norms(x_TF), 2)
