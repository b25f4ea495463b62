def product_of_halves(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # A bfloat16 weight is multiplied by x rounded to bfloat16; sums are float32, and so is what comes back.
  y_TO = ops.mkldnn._linear_pointwise(torch.to(x_TI, ops.prim.dtype(w_OI)), w_OI, None, "none", annotate(List[Optional[number]], []), "")
  return torch.to(y_TO, 6)
