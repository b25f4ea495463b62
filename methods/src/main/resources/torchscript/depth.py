def depth_nll(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], norm_d: Tensor, head_Vd: Tensor, labels_T: Tensor, e: int, eps: float, chunk: int, cap: float) -> Tensor:
  # Negative log-likelihoods [T], nats, if these layers are the ones that follow.
  return self.token_nll(self.rms_norm(self.through_layers(x_Td, b, rope, weights, e, eps), norm_d, eps), head_Vd, labels_T, chunk, cap)

def depth_cosines(self, x_Td: Tensor, y_Td: Tensor) -> Tensor:
  # Cosine of each token's streams [T], float64; 1/2 where one of them is 0 and there is none.
  x = torch.to(x_Td, 7)
  y = torch.to(y_Td, 7)
  norms_T = torch.sqrt(torch.mul(torch.sum(torch.mul(x, x), [1]), torch.sum(torch.mul(y, y), [1])))
  cosines_T = torch.clamp(torch.div(torch.sum(torch.mul(x, y), [1]), norms_T), -1., 1.)
  return torch.masked_fill(cosines_T, torch.eq(norms_T, 0), 0.5)

def depth_inner(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], e: int, eps: float) -> List[Tensor]:
  # Of one layer [stream after its attention [T, d], input of its down_proj [T, F]].
  none = self.no_tensors()
  empty = torch.zeros([0])
  qkv = self.attention_input(x_Td, b, 0, rope, weights, none, 0., 0, e, eps)
  o_BHSe = self.attend_seen(qkv, rope, weights, 0)[0]
  middle_Td = self.added(x_Td, self.linear(self.tokens(o_BHSe), weights[4], weights[12], none, 6, 0.), empty, weights[16], weights[18], eps)
  return [middle_Td, self.ffn_inner(middle_Td, weights, none, 0., empty, 0, eps)[2]]

def depth_missing(self, target_Td: Tensor, middle_Td: Tensor, h_TF: Tensor, down_dF: Tensor, traits: Tensor) -> List[Tensor]:
  # What down_proj gives M [T, d], and what is missing to the target beside that [T, d], before it is multiplied.
  m_Td = self.product(h_TF, down_dF)
  wanted_Td = self.times(torch.sub(target_Td, middle_Td), 1. / self.trait(traits, 0, 1.))
  return [m_Td, torch.sub(wanted_Td, m_Td)]

def depth_add(self, gram_FF: Tensor, cross_Fd: Tensor, h_TF: Tensor, r_Td: Tensor) -> Tensor:
  # gram += h^T h and cross += h^T r; the products of one chunk in float32, the sums in float64.
  _0 = torch.add_(cross_Fd, torch.to(torch.mm(torch.t(h_TF), r_Td), 7))
  return torch.add_(gram_FF, torch.to(torch.mm(torch.t(h_TF), h_TF), 7))

def depth_solved(self, gram_FF: Tensor, cross_Fd: Tensor, damping: float) -> Tensor:
  # (gram + damping mean(diag) I)^-1 cross, float64: the ridge draws towards no change.
  return torch.linalg_solve(self.damped(gram_FF, damping), cross_Fd)

def depth_refitted(self, down_dF: Tensor, gram_FF: Tensor, cross_Fd: Tensor, damping: float) -> Tensor:
  # W + (H^T R)^T (H^T H)^-1.
  return torch.to(torch.add(torch.to(down_dF, 7), torch.t(self.depth_solved(gram_FF, cross_Fd, damping))), 6)

def depth_transformed(self, down_dF: Tensor, gram_dd: Tensor, cross_dd: Tensor, damping: float) -> Tensor:
  # (I + D)^T W with D = (M^T M)^-1 M^T R.
  w_dF = torch.to(down_dF, 7)
  return torch.to(torch.addmm(w_dF, torch.t(self.depth_solved(gram_dd, cross_dd, damping)), w_dF, beta=1, alpha=1), 6)

def depth_size(self, weights: List[Tensor], factors: List[Tensor]) -> Tensor:
  # Sum of |w| over all tensors, or of |w factor|, float64 [1].
  size = torch.zeros([1], dtype=7)
  for i in range(len(weights)):
    w = weights[i]
    if len(factors) > 0:
      w = torch.mul(w, factors[i])
    size = torch.add(size, torch.sum(torch.abs(w), dtype=7))
  return size
