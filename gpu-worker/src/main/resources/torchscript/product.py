def product(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T
  return torch.mm(x_TI, torch.t(w_OI))
