def copy_range(self, target: Tensor, start: int, source_N: Tensor) -> Tensor:
  # target's elements from `start` on, in row-major order
  at_N = torch.slice(torch.view(target, [-1]), 0, start, start + torch.size(source_N, 0), 1)
  return torch.copy_(at_N, source_N)

def elements(self, source: Tensor, start: int, count: int) -> Tensor:
  # `count` elements from `start` on, in row-major order, a copy [count]
  return torch.clone(torch.slice(torch.reshape(source, [-1]), 0, start, start + count, 1))

def copy_into(self, target: Tensor, source: Tensor) -> Tensor:
  return torch.copy_(target, source)

def to_bfloat16(self, x: Tensor) -> Tensor:
  return torch.to(x, 15)
