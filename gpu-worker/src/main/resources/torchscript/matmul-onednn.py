def matmul(self, a_MK: Tensor, b_KN: Tensor) -> Tensor:
  # A B through oneDNN, as x W^T is with W = B^T.
  return ops.mkldnn._linear_pointwise(a_MK, torch.t(b_KN), None, "none", annotate(List[Optional[number]], []), "")
