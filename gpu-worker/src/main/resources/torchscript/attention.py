def rotate(self, x_BHSe: Tensor, rope: List[Tensor], start: int) -> Tensor:
  if len(rope) == 0:
    return x_BHSe
  s = torch.size(x_BHSe, 2)
  halves = torch.chunk(x_BHSe, 2, 3)
  turned = torch.cat([torch.neg(halves[1]), halves[0]], 3)
  if len(rope) > 2:
    return torch.addcmul_(torch.mul(x_BHSe, rope[0]), turned, rope[1])
  cos_Se = torch.slice(rope[0], 0, start, start + s, 1)
  sin_Se = torch.slice(rope[1], 0, start, start + s, 1)
  return torch.addcmul_(torch.mul(x_BHSe, cos_Se), turned, sin_Se)

def branched(self, rope: List[Tensor], positions_BS: Tensor, branches_BS: Tensor) -> List[Tensor]:
  # The `rope` of sequences that branch: a stem (branch 0), then continuations 1, 2, ... that each follow the stem and do
  # not see each other.
  b = torch.size(positions_BS, 0)
  s = torch.size(positions_BS, 1)
  at = torch.reshape(positions_BS, [-1])
  cos_B1Se = torch.view(torch.index_select(rope[0], 0, at), [b, 1, s, -1])
  sin_B1Se = torch.view(torch.index_select(rope[1], 0, at), [b, 1, s, -1])
  from_BS1 = torch.unsqueeze(branches_BS, 2)
  to_B1S = torch.unsqueeze(branches_BS, 1)
  seen_BSS = torch.bitwise_or(torch.eq(from_BS1, to_B1S), torch.eq(to_B1S, 0))
  apart_BSS = torch.sub(torch.unsqueeze(positions_BS, 2), torch.unsqueeze(positions_BS, 1))
  return [cos_B1Se, sin_B1Se, torch.unsqueeze(torch.tril(seen_BSS), 1), torch.unsqueeze(apart_BSS, 1)]

def rotation(self, rope: List[Tensor], e: int, traits: Tensor) -> List[Tensor]:
  # Of a `rope` of several tables side by side, the layer's; none where it does not rotate.
  table = int(self.trait(traits, 3, 0.))
  if table < 0:
    return self.no_tensors()
  if torch.size(rope[0], -1) == e:
    return rope
  out = torch.slice(rope, 0, 4, 1)
  out[0] = torch.slice(rope[0], -1, table * e, table * e + e, 1)
  out[1] = torch.slice(rope[1], -1, table * e, table * e + e, 1)
  return out

def rotate_backward(self, g_BHSe: Tensor, rope: List[Tensor]) -> Tensor:
  if len(rope) == 0:
    return g_BHSe
  s = torch.size(g_BHSe, 2)
  cos_Se = torch.slice(rope[0], 0, 0, s, 1)
  sin_Se = torch.slice(rope[1], 0, 0, s, 1)
  halves = torch.chunk(torch.mul(g_BHSe, sin_Se), 2, 3)
  turned = torch.cat([halves[1], torch.neg(halves[0])], 3)
  return torch.addcmul_(turned, g_BHSe, cos_Se)

def heads(self, x_TF: Tensor, b: int, e: int) -> Tensor:
  # [B*S, H*e] -> [B, H, S, e]
  return torch.transpose(torch.view(x_TF, [b, torch.floordiv(torch.size(x_TF, 0), b), torch.floordiv(torch.size(x_TF, 1), e), e]), 1, 2)

def tokens(self, x_BHSe: Tensor) -> Tensor:
  # [B, H, S, e] -> [B*S, H*e]
  return torch.reshape(torch.transpose(x_BHSe, 1, 2), [torch.size(x_BHSe, 0) * torch.size(x_BHSe, 2), torch.size(x_BHSe, 1) * torch.size(x_BHSe, 3)])

def shared(self, x_BKSe: Tensor, heads: int, kv_map: Tensor) -> Tensor:
  # The key or value head of each query head [B, H, S, e]. Written out, for libtorch's fused kernels take as many key/value
  # heads as query heads; with enable_gqa it falls back to the formula, which holds all S x S scores.
  if torch.numel(kv_map) > 0:
    return torch.index_select(x_BKSe, 1, kv_map)
  if torch.size(x_BKSe, 1) == heads:
    return x_BKSe
  groups = torch.floordiv(heads, torch.size(x_BKSe, 1))
  return torch.flatten(torch.expand(torch.unsqueeze(x_BKSe, 2), [-1, -1, groups, -1, -1]), 1, 2)

def shared_backward(self, g_BHSe: Tensor, like_BKSe: Tensor, kv_map: Tensor) -> Tensor:
  if torch.numel(kv_map) > 0:
    return torch.index_add_(torch.zeros_like(like_BKSe), 1, kv_map, g_BHSe)
  if torch.size(g_BHSe, 1) == torch.size(like_BKSe, 1):
    return g_BHSe
  return torch.sum(torch.unflatten(g_BHSe, 1, [torch.size(like_BKSe, 1), -1]), [2])

def attend_seen(self, qkv: List[Tensor], rope: List[Tensor], weights: List[Tensor], w: int) -> List[Tensor]:
  # Each position sees those before it in the window of the layer whose tensors begin at w, or of those the ones that a
  # branched `rope` lets it see. Returns [o [B, H, S, e], what attend_backward wants beside it (empty if branched)]. GPUs
  # take q, k and v in the type of the layer's projections.
  q_BHSe = qkv[0]
  k_BHSe = self.shared(qkv[1], torch.size(q_BHSe, 1), weights[w + 13])
  v_BHSe = self.shared(qkv[2], torch.size(q_BHSe, 1), weights[w + 13])
  dtype = ops.prim.dtype(weights[w + 1])
  window = self.window(weights[w + 18], torch.size(q_BHSe, 2))
  cap = self.trait(weights[w + 18], 6, 0.)
  if len(rope) < 3:
    if cap > 0.:
      return [self.attend_capped(q_BHSe, k_BHSe, v_BHSe, self.unseen(q_BHSe, window), cap), torch.zeros([0])]
    if window == 0:
      return self.attend_causal(q_BHSe, k_BHSe, v_BHSe, dtype)
    return self.attend_masked(q_BHSe, k_BHSe, v_BHSe, self.unseen(q_BHSe, window), dtype)
  seen_B1SS = rope[2]
  if window > 0:
    seen_B1SS = torch.bitwise_and(seen_B1SS, torch.lt(rope[3], window))
  if cap > 0.:
    unseen_B1SS = torch.masked_fill(torch.zeros_like(seen_B1SS, dtype=6), torch.bitwise_not(seen_B1SS), -inf)
    return [self.attend_capped(q_BHSe, k_BHSe, v_BHSe, unseen_B1SS, cap), torch.zeros([0])]
  return [torch.scaled_dot_product_attention(q_BHSe, k_BHSe, v_BHSe, seen_B1SS, 0., False, scale=None, enable_gqa=False), torch.zeros([0])]

def attend_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, o_BHSe: Tensor, beside: Tensor, weights: List[Tensor], w: int) -> List[Tensor]:
  # Returns [dq, dk, dv] of an attend_seen that does not branch.
  kv_map = weights[w + 13]
  k_BHSe = self.shared(k_BKSe, torch.size(q_BHSe, 1), kv_map)
  v_BHSe = self.shared(v_BKSe, torch.size(q_BHSe, 1), kv_map)
  dtype = ops.prim.dtype(weights[w + 1])
  window = self.window(weights[w + 18], torch.size(q_BHSe, 2))
  cap = self.trait(weights[w + 18], 6, 0.)
  if cap > 0.:
    gs = self.attend_capped_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, self.unseen(q_BHSe, window), cap)
  elif window == 0:
    gs = self.attend_causal_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, o_BHSe, beside, dtype)
  else:
    gs = self.attend_masked_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, o_BHSe, beside, self.unseen(q_BHSe, window), dtype)
  return [gs[0], self.shared_backward(gs[1], k_BKSe, kv_map), self.shared_backward(gs[2], v_BKSe, kv_map)]

def window(self, traits: Tensor, length: int) -> int:
  # How many positions one sees, itself among them; 0 where so long a text is not longer than the window.
  window = int(self.trait(traits, 2, 0.))
  if window >= length:
    return 0
  return window

def unseen(self, q_BHSe: Tensor, window: int) -> Tensor:
  # [S, S], -inf where a position does not see another, else 0. A window of 0 is none.
  s = torch.size(q_BHSe, 2)
  never_SS = torch.full([s, s], -inf, dtype=6, layout=None, device=ops.prim.device(q_BHSe), pin_memory=None)
  later_SS = torch.triu(never_SS, 1)
  if window == 0:
    return later_SS
  return torch.add(later_SS, torch.tril(never_SS, -window))

def capped(self, q_BHSe: Tensor, k_BHSe: Tensor, unseen: Tensor, cap: float) -> List[Tensor]:
  # [p, t]: p = softmax(cap t + unseen), t = tanh(q k / (sqrt(e) cap)), each [B, H, S, S]. No fused kernel does this.
  t = torch.tanh_(torch.mul_(torch.matmul(q_BHSe, torch.transpose(k_BHSe, 2, 3)), torch.pow(torch.size(q_BHSe, 3), -0.5) / cap))
  return [torch.softmax(torch.add(torch.mul(t, cap), unseen), 3), t]

def attend_capped(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen: Tensor, cap: float) -> Tensor:
  return torch.matmul(self.capped(q_BHSe, k_BHSe, unseen, cap)[0], v_BHSe)

def attend_capped_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen: Tensor, cap: float) -> List[Tensor]:
  # Returns [dq, dk, dv].
  p, t = self.capped(q_BHSe, k_BHSe, unseen, cap)
  gp = torch.matmul(go_BHSe, torch.transpose(v_BHSe, 2, 3))
  gs = torch.mul(p, torch.sub(gp, torch.sum(torch.mul(gp, p), [3], True)))
  # d (cap t) / d (q k / sqrt(e)) = 1 - t^2
  gs = torch.mul_(torch.mul_(gs, torch.rsub(torch.mul(t, t), 1., 1)), torch.pow(torch.size(q_BHSe, 3), -0.5))
  return [torch.matmul(gs, k_BHSe), torch.matmul(torch.transpose(gs, 2, 3), q_BHSe), torch.matmul(torch.transpose(p, 2, 3), go_BHSe)]

def attend_past(self, q_BH1e: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor, cap: float) -> Tensor:
  # One new position, which sees all of these. The query heads of a key/value head stand in for positions, so that
  # nothing of the cache is copied. Where no heads are left there is nothing to see.
  if torch.size(k_BKSe, 1) == 0:
    return q_BH1e
  if cap > 0.:
    heads = torch.size(q_BH1e, 1)
    return self.attend_capped(q_BH1e, self.shared(k_BKSe, heads, kv_map), self.shared(v_BKSe, heads, kv_map), torch.zeros([1], device=ops.prim.device(q_BH1e)), cap)
  if torch.numel(kv_map) > 0:
    return torch.scaled_dot_product_attention(q_BH1e, self.shared(k_BKSe, 0, kv_map), self.shared(v_BKSe, 0, kv_map), None, 0., False, scale=None, enable_gqa=False)
  q_BKGe = torch.reshape(q_BH1e, [torch.size(k_BKSe, 0), torch.size(k_BKSe, 1), -1, torch.size(k_BKSe, 3)])
  o_BKGe = torch.scaled_dot_product_attention(q_BKGe, k_BKSe, v_BKSe, None, 0., False, scale=None, enable_gqa=False)
  return torch.reshape(o_BKGe, [torch.size(q_BH1e, 0), torch.size(q_BH1e, 1), 1, torch.size(q_BH1e, 3)])
