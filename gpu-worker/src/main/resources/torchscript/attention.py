def rotate(self, x_BHSe: Tensor, rope: List[Tensor], start: int) -> Tensor:
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
  return [cos_B1Se, sin_B1Se, torch.unsqueeze(torch.tril(seen_BSS), 1)]

def rotate_backward(self, g_BHSe: Tensor, rope: List[Tensor]) -> Tensor:
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

def attend_seen(self, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor, rope: List[Tensor], dtype: int) -> List[Tensor]:
  # Each position sees those before it, or those that a branched `rope` lets it see. Returns [o [B, H, S, e], what
  # attend_backward wants beside it (empty if branched)]. GPUs take q, k and v in `dtype`.
  k_BHSe = self.shared(k_BKSe, torch.size(q_BHSe, 1), kv_map)
  v_BHSe = self.shared(v_BKSe, torch.size(q_BHSe, 1), kv_map)
  if len(rope) < 3:
    return self.attend_causal(q_BHSe, k_BHSe, v_BHSe, dtype)
  return [torch.scaled_dot_product_attention(q_BHSe, k_BHSe, v_BHSe, rope[2], 0., False, scale=None, enable_gqa=False), torch.zeros([0])]

def attend_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor, o_BHSe: Tensor, beside: Tensor, dtype: int) -> List[Tensor]:
  # Returns [dq, dk, dv] of a causal attend_seen.
  k_BHSe = self.shared(k_BKSe, torch.size(q_BHSe, 1), kv_map)
  v_BHSe = self.shared(v_BKSe, torch.size(q_BHSe, 1), kv_map)
  gs = self.attend_causal_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, o_BHSe, beside, dtype)
  return [gs[0], self.shared_backward(gs[1], k_BKSe, kv_map), self.shared_backward(gs[2], v_BKSe, kv_map)]

def attend_past(self, q_BH1e: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor) -> Tensor:
  # One new position, which sees all of them. The query heads of a key/value head stand in for positions, so that
  # nothing of the cache is copied. Where no heads are left there is nothing to see.
  if torch.size(k_BKSe, 1) == 0:
    return q_BH1e
  if torch.numel(kv_map) > 0:
    return torch.scaled_dot_product_attention(q_BH1e, self.shared(k_BKSe, 0, kv_map), self.shared(v_BKSe, 0, kv_map), None, 0., False, scale=None, enable_gqa=False)
  q_BKGe = torch.reshape(q_BH1e, [torch.size(k_BKSe, 0), torch.size(k_BKSe, 1), -1, torch.size(k_BKSe, 3)])
  o_BKGe = torch.scaled_dot_product_attention(q_BKGe, k_BKSe, v_BKSe, None, 0., False, scale=None, enable_gqa=False)
  return torch.reshape(o_BKGe, [torch.size(q_BH1e, 0), torch.size(q_BH1e, 1), 1, torch.size(q_BH1e, 3)])
