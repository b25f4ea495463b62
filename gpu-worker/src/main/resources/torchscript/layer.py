def attention_input(self, x_Td: Tensor, b: int, start: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, layer: int, e: int, eps: float) -> List[Tensor]:
  # Returns [q, k, v], rotated, each [B, heads, S, e].
  w = layer * 14
  l = layer * 14
  n_Td = self.rms_norm(x_Td, weights[w], eps)
  q = self.rotate(self.heads(self.linear(n_Td, weights[w + 1], weights[w + 9], lora, l, scale), b, e), rope, start)
  k = self.rotate(self.heads(self.linear(n_Td, weights[w + 2], weights[w + 10], lora, l + 2, scale), b, e), rope, start)
  v = self.heads(self.linear(n_Td, weights[w + 3], weights[w + 11], lora, l + 4, scale), b, e)
  return [q, k, v]

def mask_of(self, masks: List[Tensor], at: int) -> Tensor:
  if len(masks) > at:
    return masks[at]
  return torch.zeros([0])

def masked(self, x: Tensor, mask: Tensor) -> Tensor:
  if torch.numel(mask) > 0:
    return torch.mul(x, mask)
  return x

def masked_heads(self, o_BHSe: Tensor, mask_H: Tensor) -> Tensor:
  if torch.numel(mask_H) > 0:
    return torch.mul(o_BHSe, torch.view(mask_H, [1, -1, 1, 1]))
  return o_BHSe

def ffn_inner(self, x_Td: Tensor, weights: List[Tensor], lora: List[Tensor], scale: float, mask_I: Tensor, layer: int, eps: float) -> List[Tensor]:
  # Returns [gate, up, inner], the first two before the mask; inner = silu(gate z) (up z) is the input of down_proj.
  w = layer * 14
  l = layer * 14
  none = torch.zeros([0])
  n_Td = self.rms_norm(x_Td, weights[w + 5], eps)
  gate_TI = self.linear(n_Td, weights[w + 6], none, lora, l + 8, scale)
  up_TI = self.linear(n_Td, weights[w + 7], none, lora, l + 10, scale)
  return [gate_TI, up_TI, self.swiglu(gate_TI, up_TI, mask_I)]

def swiglu(self, gate_TI: Tensor, up_TI: Tensor, mask_I: Tensor) -> Tensor:
  # The mask stands before the SiLU and at up (NutePrune, section 2): silu(z g) (z u).
  if torch.numel(mask_I) > 0:
    return torch.mul_(torch.mul_(torch.silu_(torch.mul(gate_TI, mask_I)), up_TI), mask_I)
  return torch.mul_(torch.silu(gate_TI), up_TI)

def bias_at(self, weights: List[Tensor], at: int) -> int:
  if torch.numel(weights[at]) > 0:
    return at
  return -1

def layer_forward(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], layer: int, e: int, eps: float, keep: bool) -> List[Tensor]:
  # Returns [output] or, with keep, [output, x, q, k, v, middle, gate, up, o_proj's output, ffn output, attention output,
  # what attend_backward wants beside it]: what the backward pass needs. The outputs of o_proj and of the ffn are empty
  # unless the hidden mask is there.
  none = torch.zeros([0])
  hidden = self.mask_of(masks, 0)
  w = layer * 14
  l = layer * 14
  qkv = self.attention_input(x_Td, b, 0, rope, weights, lora, scale, layer, e, eps)
  attended = self.attend_seen(qkv[0], qkv[1], qkv[2], weights[w + 13], rope, ops.prim.dtype(weights[w + 1]))
  o_BHSe = self.masked_heads(attended[0], self.mask_of(masks, 1 + 2 * layer))
  att_Td = self.linear(self.tokens(o_BHSe), weights[w + 4], weights[w + 12], lora, l + 6, scale)
  middle_Td = torch.add(x_Td, self.masked(att_Td, hidden))
  inner = self.ffn_inner(middle_Td, weights, lora, scale, self.mask_of(masks, 2 + 2 * layer), layer, eps)
  ffn_Td = self.linear(inner[2], weights[w + 8], none, lora, l + 12, scale)
  y_Td = torch.add(middle_Td, self.masked(ffn_Td, hidden))
  if keep:
    if torch.numel(hidden) == 0:
      att_Td = none
      ffn_Td = none
    return [y_Td, x_Td, qkv[0], qkv[1], qkv[2], middle_Td, inner[0], inner[1], att_Td, ffn_Td, attended[0], attended[1]]
  return [y_Td]

def layer_backward(self, gy_Td: Tensor, kept: List[Tensor], b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], layer: int, e: int, eps: float, lora_grads: List[Tensor], mask_grads: List[Tensor], weight_grads: List[Tensor]) -> Tensor:
  # The reverse of layer_forward. Returns d/dx; gradients of factors, masks and weights go to the lists.
  none = torch.zeros([0])
  hidden = self.mask_of(masks, 0)
  mask_H = self.mask_of(masks, 1 + 2 * layer)
  mask_I = self.mask_of(masks, 2 + 2 * layer)
  w = layer * 14
  l = layer * 14
  x_Td = kept[1]
  middle_Td = kept[5]
  gate_TI = kept[6]
  up_TI = kept[7]
  # y = middle + ffn * hidden
  gf_Td = self.masked(gy_Td, hidden)
  if torch.numel(hidden) > 0:
    mask_grads[0] = torch.add(mask_grads[0], torch.sum(torch.mul(gy_Td, kept[9]), [0]))
  inner_TI = self.swiglu(gate_TI, up_TI, mask_I)
  gi_TI = self.linear_backward(gf_Td, inner_TI, weights[w + 8], lora, l + 12, scale, lora_grads, weight_grads, w + 8, -1)
  # inner = silu(g) u with g = gate z, u = up z
  g_TI = self.masked(gate_TI, mask_I)
  gu_TI = torch.mul(gi_TI, torch.silu(g_TI))
  gg_TI = torch.silu_backward(torch.mul_(gi_TI, self.masked(up_TI, mask_I)), g_TI)
  if torch.numel(mask_I) > 0:
    mask_grads[2 + 2 * layer] = torch.add_(torch.sum(torch.mul(gg_TI, gate_TI), [0]), torch.sum(torch.mul(gu_TI, up_TI), [0]))
    gg_TI = torch.mul_(gg_TI, mask_I)
    gu_TI = torch.mul_(gu_TI, mask_I)
  n_Td = self.rms_norm(middle_Td, weights[w + 5], eps)
  gn_Td = self.linear_backward(gg_TI, n_Td, weights[w + 6], lora, l + 8, scale, lora_grads, weight_grads, w + 6, -1)
  gn_Td = torch.add_(gn_Td, self.linear_backward(gu_TI, n_Td, weights[w + 7], lora, l + 10, scale, lora_grads, weight_grads, w + 7, -1))
  gm_Td = torch.add_(self.rms_norm_backward(gn_Td, middle_Td, weights[w + 5], eps, weight_grads, w + 5), gy_Td)
  # middle = x + attention * hidden
  ga_Td = self.masked(gm_Td, hidden)
  if torch.numel(hidden) > 0:
    mask_grads[0] = torch.add(mask_grads[0], torch.sum(torch.mul(gm_Td, kept[8]), [0]))
  o_BHSe = kept[10]
  go_TF = self.linear_backward(ga_Td, self.tokens(self.masked_heads(o_BHSe, mask_H)), weights[w + 4], lora, l + 6, scale, lora_grads, weight_grads, w + 4, self.bias_at(weights, w + 12))
  go_BHSe = self.heads(go_TF, b, e)
  if torch.numel(mask_H) > 0:
    mask_grads[1 + 2 * layer] = torch.sum(torch.mul(go_BHSe, o_BHSe), [0, 2, 3])
    go_BHSe = self.masked_heads(go_BHSe, mask_H)
  gs = self.attend_backward(go_BHSe, kept[2], kept[3], kept[4], weights[w + 13], o_BHSe, kept[11], ops.prim.dtype(weights[w + 1]))
  n_Td = self.rms_norm(x_Td, weights[w], eps)
  gq_TF = self.tokens(self.rotate_backward(gs[0], rope))
  gn_Td = self.linear_backward(gq_TF, n_Td, weights[w + 1], lora, l, scale, lora_grads, weight_grads, w + 1, self.bias_at(weights, w + 9))
  gk_TF = self.tokens(self.rotate_backward(gs[1], rope))
  gn_Td = torch.add_(gn_Td, self.linear_backward(gk_TF, n_Td, weights[w + 2], lora, l + 2, scale, lora_grads, weight_grads, w + 2, self.bias_at(weights, w + 10)))
  gn_Td = torch.add_(gn_Td, self.linear_backward(self.tokens(gs[2]), n_Td, weights[w + 3], lora, l + 4, scale, lora_grads, weight_grads, w + 3, self.bias_at(weights, w + 11)))
  return torch.add_(self.rms_norm_backward(gn_Td, x_Td, weights[w], eps, weight_grads, w), gm_Td)
