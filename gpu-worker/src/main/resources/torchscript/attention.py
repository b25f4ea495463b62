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

def attend(self, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor, causal: bool) -> Tensor:
  if torch.numel(kv_map) > 0:
    return torch.scaled_dot_product_attention(q_BHSe, torch.index_select(k_BKSe, 1, kv_map), torch.index_select(v_BKSe, 1, kv_map), None, 0., causal, scale=None, enable_gqa=False)
  return torch.scaled_dot_product_attention(q_BHSe, k_BKSe, v_BKSe, None, 0., causal, scale=None, enable_gqa=True)

def attend_seen(self, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor, rope: List[Tensor]) -> Tensor:
  # Each position sees those before it, or those that a branched `rope` lets it see.
  if len(rope) < 3:
    return self.attend(q_BHSe, k_BKSe, v_BKSe, kv_map, True)
  if torch.numel(kv_map) > 0:
    return torch.scaled_dot_product_attention(q_BHSe, torch.index_select(k_BKSe, 1, kv_map), torch.index_select(v_BKSe, 1, kv_map), rope[2], 0., False, scale=None, enable_gqa=False)
  return torch.scaled_dot_product_attention(q_BHSe, k_BKSe, v_BKSe, rope[2], 0., False, scale=None, enable_gqa=True)

def attend_recorded(self, q_BHSe: Tensor, k_BKSe: Tensor, v_BKSe: Tensor, kv_map: Tensor) -> List[Tensor]:
  # Returns [o, q, k, v] with autograd's record from the last three to o: attention is the one place where autograd
  # does better than a formula, since each device has a backward kernel of its own.
  torch.set_grad_enabled(True)
  q = torch.requires_grad_(torch.detach(q_BHSe), True)
  k = torch.requires_grad_(torch.detach(k_BKSe), True)
  v = torch.requires_grad_(torch.detach(v_BKSe), True)
  o = self.attend(q, k, v, kv_map, True)
  torch.set_grad_enabled(False)
  return [o, q, k, v]

def attend_backward(self, go_BHSe: Tensor, recorded: List[Tensor]) -> List[Tensor]:
  # Returns [dq, dk, dv].
  upstream = annotate(Optional[List[Optional[Tensor]]], annotate(List[Optional[Tensor]], [go_BHSe]))
  gs = torch.grad([recorded[0]], [recorded[1], recorded[2], recorded[3]], upstream, None, False, False)
  out = annotate(List[Tensor], [])
  for g in gs:
    _0 = torch.append(out, unchecked_cast(Tensor, g))
  return out
