def product(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T through oneDNN, whose kernels use AVX-512 on every maker's processors: on AMD twice as fast as MKL's.
  if torch.numel(w_OI) == 0:
    # of a sub-block that is gone; oneDNN refuses sums of nothing
    return torch.zeros([torch.size(x_TI, 0), torch.size(w_OI, 0)])
  if ops.prim.dtype(w_OI) == ops.prim.dtype(x_TI):
    return ops.mkldnn._linear_pointwise(x_TI, w_OI, None, "none", annotate(List[Optional[number]], []), "")
  return self.product_of_halves(x_TI, w_OI)

def prepacked(self, w_OI: Tensor, tokens: int) -> Tensor:
  # W in the layout in which oneDNN multiplies it, best for that many tokens; product takes it in place of W.
  return ops.mkldnn._reorder_linear_weight(w_OI, tokens)
