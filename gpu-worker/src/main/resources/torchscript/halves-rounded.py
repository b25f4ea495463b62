def product_of_halves(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # A bfloat16 weight is multiplied by x rounded to bfloat16, and float32 comes back.
  return torch.to(torch.mm(torch.to(x_TI, ops.prim.dtype(w_OI)), torch.t(w_OI)), 6)
