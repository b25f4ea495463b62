def widen(self, bytes_N: Tensor, shape: List[int], dtype: int) -> Tensor:
  # int8 bytes of a stored dtype -> float32 of the shape; Java must not touch bfloat16.
  return torch.contiguous(torch.to(torch.view(torch.view(bytes_N, dtype), shape), 6))

def bits(self, x: Tensor, dtype: int) -> Tensor:
  # float32 -> bytes of another dtype, as int8.
  return torch.view(torch.reshape(torch.contiguous(torch.to(x, dtype)), [-1]), 1)

def copy_into(self, target: Tensor, source: Tensor) -> Tensor:
  return torch.copy_(target, source)
