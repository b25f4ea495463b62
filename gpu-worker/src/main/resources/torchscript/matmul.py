def matmul(self, a_MK: Tensor, b_KN: Tensor) -> Tensor:
  # A B by libtorch's own choice of a library, MKL on processors: it reads transposed operands as they lie.
  return torch.mm(a_MK, b_KN)
