def product(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T; a bfloat16 weight is multiplied by x rounded to bfloat16, and float32 comes back.
  if ops.prim.dtype(w_OI) == ops.prim.dtype(x_TI):
    return torch.mm(x_TI, torch.t(w_OI))
  return torch.to(torch.mm(torch.to(x_TI, ops.prim.dtype(w_OI)), torch.t(w_OI)), 6)

def prepacked(self, w_OI: Tensor, tokens: int) -> Tensor:
  return w_OI
