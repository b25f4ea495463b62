def product(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T through oneDNN, whose kernels use AVX-512 on every maker's processors: on AMD twice as fast as MKL's. A bfloat16
  # weight is multiplied by x rounded to bfloat16; sums are float32, and so is what comes back.
  if torch.numel(w_OI) == 0:
    # of a sub-block that is gone; oneDNN refuses sums of nothing
    return torch.zeros([torch.size(x_TI, 0), torch.size(w_OI, 0)])
  if ops.prim.dtype(w_OI) == ops.prim.dtype(x_TI):
    return ops.mkldnn._linear_pointwise(x_TI, w_OI, None, "none", annotate(List[Optional[number]], []), "")
  y_TO = ops.mkldnn._linear_pointwise(torch.to(x_TI, ops.prim.dtype(w_OI)), w_OI, None, "none", annotate(List[Optional[number]], []), "")
  return torch.to(y_TO, 6)

def prepacked(self, w_OI: Tensor, tokens: int) -> Tensor:
  # W in the layout in which oneDNN multiplies it, best for that many tokens; product takes it in place of W.
  return ops.mkldnn._reorder_linear_weight(w_OI, tokens)
