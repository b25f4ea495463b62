def curves_divergence(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], norm_d: Tensor, head_Vd: Tensor, intact_Td: Tensor, e: int, eps: float, chunk: int, cap: float) -> Tensor:
  # Mean KL(intact || these layers and then the head), nats a token, float64 [1]. `intact` is after the norm.
  h_Td = self.rms_norm(self.through_layers(x_Td, b, rope, weights, e, eps), norm_d, eps)
  return self.head_divergence(h_Td, intact_Td, head_Vd, chunk, cap)

def head_divergence(self, h_Td: Tensor, intact_Td: Tensor, head_Vd: Tensor, chunk: int, cap: float) -> Tensor:
  # Mean KL(intact || h) of what the head says of both, which are after the norm; nats a token, float64 [1].
  sum = torch.zeros([1], dtype=7)
  for i in range(0, torch.size(h_Td, 0), chunk):
    s_CV = self.log_softmax_(self.words(torch.slice(h_Td, 0, i, i + chunk, 1), head_Vd, cap))
    t_CV = self.log_softmax_(self.words(torch.slice(intact_Td, 0, i, i + chunk, 1), head_Vd, cap))
    gap_CV = torch.sub(t_CV, s_CV)
    sum = torch.add(sum, torch.to(torch.dot(torch.view(torch.exp_(t_CV), [-1]), torch.view(gap_CV, [-1])), 7))
  return torch.div(sum, torch.size(h_Td, 0))
