def product_of_floats(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T through oneDNN, whose kernels use AVX-512 on every maker's processors: on AMD twice as fast as MKL's.
  return ops.mkldnn._linear_pointwise(x_TI, w_OI, None, "none", annotate(List[Optional[number]], []), "")

def prepacked(self, w_OI: Tensor, tokens: int) -> Tensor:
  # W in the layout in which oneDNN multiplies it, best for that many tokens; product takes it in place of W.
  return ops.mkldnn._reorder_linear_weight(w_OI, tokens)
