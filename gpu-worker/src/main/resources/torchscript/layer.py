def attention_input(self, x_Td: Tensor, b: int, start: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, layer: int, e: int, eps: float) -> List[Tensor]:
  # Returns [q, k, v], rotated, each [B, heads, S, e], and where q and k have norms, what went into these [T, heads*e].
  w = layer * 19
  l = layer * 14
  traits = weights[w + 18]
  turn = self.rotation(rope, e, traits)
  n_Td = self.norm_before(x_Td, weights[w], eps)
  q_TF = self.linear(n_Td, weights[w + 1], weights[w + 9], lora, l, scale)
  k_TF = self.linear(n_Td, weights[w + 2], weights[w + 10], lora, l + 2, scale)
  v = self.heads(self.linear(n_Td, weights[w + 3], weights[w + 11], lora, l + 4, scale), b, e)
  if torch.numel(weights[w + 14]) == 0:
    q = self.scaled_query(self.rotate(self.heads(q_TF, b, e), turn, start), traits)
    return [q, self.rotate(self.heads(k_TF, b, e), turn, start), v]
  inner_eps = self.trait(traits, 4, eps)
  q = self.rotate(self.heads(self.grouped_norm(q_TF, weights[w + 14], inner_eps), b, e), turn, start)
  k = self.rotate(self.heads(self.grouped_norm(k_TF, weights[w + 15], inner_eps), b, e), turn, start)
  return [self.scaled_query(q, traits), k, v, q_TF, k_TF]

def trait(self, traits: Tensor, at: int, otherwise: float) -> float:
  # What differs from LLaMA in a layer, on the CPU; nothing if `traits` is empty.
  if torch.numel(traits) > at:
    return float(torch.select(traits, 0, at))
  return otherwise

def scaled_query(self, q_BHSe: Tensor, traits: Tensor) -> Tensor:
  # Scores are what they are in LLaMA times this.
  return self.times(q_BHSe, self.trait(traits, 1, 1.))

def times(self, x: Tensor, factor: float) -> Tensor:
  if factor == 1.:
    return x
  return torch.mul(x, factor)

def grouped_norm(self, x_TF: Tensor, w_n: Tensor, eps: float) -> Tensor:
  # The norm of each n neighbours in a token: of each head, or of all of them together.
  return torch.view_as(self.rms_norm(torch.reshape(x_TF, [-1, torch.numel(w_n)]), w_n, eps), x_TF)

def grouped_norm_backward(self, gy_TF: Tensor, x_TF: Tensor, w_n: Tensor, eps: float, weight_grads: List[Tensor], w_at: int) -> Tensor:
  n = torch.numel(w_n)
  return torch.view_as(self.rms_norm_backward(torch.reshape(gy_TF, [-1, n]), torch.reshape(x_TF, [-1, n]), w_n, eps, weight_grads, w_at), x_TF)

def added(self, x_Td: Tensor, out_Td: Tensor, hidden_d: Tensor, norm_d: Tensor, traits: Tensor, eps: float) -> Tensor:
  # The stream x after what a sub-block gives, times the gates of the hidden channels, normed and multiplied where the
  # family does so.
  y_Td = self.masked(out_Td, hidden_d)
  if torch.numel(norm_d) > 0:
    y_Td = self.rms_norm(y_Td, norm_d, self.trait(traits, 4, eps))
  return torch.add(x_Td, self.times(y_Td, self.trait(traits, 0, 1.)))

def added_backward(self, gy_Td: Tensor, out_Td: Tensor, hidden_d: Tensor, norm_d: Tensor, traits: Tensor, eps: float, mask_grads: List[Tensor], weight_grads: List[Tensor], w_at: int) -> Tensor:
  # Returns d/d out; adds the gates' gradient. `out` may be empty where neither gates nor a norm are.
  g_Td = self.times(gy_Td, self.trait(traits, 0, 1.))
  if torch.numel(norm_d) > 0:
    g_Td = self.rms_norm_backward(g_Td, self.masked(out_Td, hidden_d), norm_d, self.trait(traits, 4, eps), weight_grads, w_at)
  if torch.numel(hidden_d) > 0:
    mask_grads[0] = torch.add(mask_grads[0], torch.sum(torch.mul(g_Td, out_Td), [0]))
  return self.masked(g_Td, hidden_d)

def mask_of(self, masks: List[Tensor], at: int) -> Tensor:
  if len(masks) > at:
    return masks[at]
  return torch.zeros([0])

def masked(self, x: Tensor, mask: Tensor) -> Tensor:
  if torch.numel(mask) == 0:
    return x
  if torch.dim(mask) == 3:
    return torch.view_as(torch.mul(self.sequences(x, mask), mask), x)
  return torch.mul(x, mask)

def masked_(self, x: Tensor, mask: Tensor) -> Tensor:
  # masked, in place
  if torch.numel(mask) > 0:
    if torch.dim(mask) == 3:
      _0 = torch.mul_(self.sequences(x, mask), mask)
    else:
      _1 = torch.mul_(x, mask)
  return x

def sequences(self, x_TF: Tensor, mask_B1F: Tensor) -> Tensor:
  # [B*S, F] -> [B, S, F]
  return torch.view(x_TF, [torch.size(mask_B1F, 0), -1, torch.size(x_TF, 1)])

def masked_heads(self, o_BHSe: Tensor, mask_H: Tensor) -> Tensor:
  if torch.numel(mask_H) > 0:
    return torch.mul(o_BHSe, torch.view(mask_H, [-1, torch.size(o_BHSe, 1), 1, 1]))
  return o_BHSe

def ffn_inner(self, x_Td: Tensor, weights: List[Tensor], lora: List[Tensor], scale: float, mask_I: Tensor, layer: int, eps: float) -> List[Tensor]:
  # Returns [gate, up, inner], the first two before the mask; inner = silu(gate z) (up z) is the input of down_proj.
  w = layer * 19
  l = layer * 14
  none = torch.zeros([0])
  n_Td = self.norm_before(x_Td, weights[w + 5], eps)
  gate_TI = self.linear(n_Td, weights[w + 6], none, lora, l + 8, scale)
  up_TI = self.linear(n_Td, weights[w + 7], none, lora, l + 10, scale)
  return [gate_TI, up_TI, self.gated(gate_TI, up_TI, mask_I, weights[w + 18])]

def gated(self, gate_TI: Tensor, up_TI: Tensor, mask_I: Tensor, traits: Tensor) -> Tensor:
  # The mask stands before the SiLU and at up (NutePrune, section 2): silu(z g) (z u). Some have GELU in SiLU's place.
  if self.trait(traits, 5, 0.) != 0.:
    return torch.mul_(torch.gelu(self.masked(gate_TI, mask_I), approximate="tanh"), self.masked(up_TI, mask_I))
  if torch.numel(mask_I) > 0:
    return self.masked_(torch.mul_(torch.silu_(self.masked(gate_TI, mask_I)), up_TI), mask_I)
  return torch.mul_(torch.silu(gate_TI), up_TI)

def bias_at(self, weights: List[Tensor], at: int) -> int:
  if torch.numel(weights[at]) > 0:
    return at
  return -1

def layer_forward(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], layer: int, e: int, eps: float, keep: bool) -> List[Tensor]:
  # Returns [output] or, with keep, [output, x, q, k, v, middle, gate, up, o_proj's output, ffn output, attention output,
  # what attend_backward wants beside it, and what went into the norms of q and k]: what the backward pass needs. The
  # outputs of o_proj and of the ffn are empty unless the hidden mask is there or they are normed.
  none = torch.zeros([0])
  hidden = self.mask_of(masks, 0)
  w = layer * 19
  l = layer * 14
  qkv = self.attention_input(x_Td, b, 0, rope, weights, lora, scale, layer, e, eps)
  attended = self.attend_seen(qkv, rope, weights, w)
  o_BHSe = self.masked_heads(attended[0], self.mask_of(masks, 1 + 2 * layer))
  att_Td = self.linear(self.tokens(o_BHSe), weights[w + 4], weights[w + 12], lora, l + 6, scale)
  middle_Td = self.added(x_Td, att_Td, hidden, weights[w + 16], weights[w + 18], eps)
  inner = self.ffn_inner(middle_Td, weights, lora, scale, self.mask_of(masks, 2 + 2 * layer), layer, eps)
  ffn_Td = self.linear(inner[2], weights[w + 8], none, lora, l + 12, scale)
  y_Td = self.added(middle_Td, ffn_Td, hidden, weights[w + 17], weights[w + 18], eps)
  if keep:
    if torch.numel(hidden) + torch.numel(weights[w + 16]) == 0:
      att_Td = none
      ffn_Td = none
    kept = [y_Td, x_Td, qkv[0], qkv[1], qkv[2], middle_Td, inner[0], inner[1], att_Td, ffn_Td, attended[0], attended[1]]
    return torch.add(kept, torch.slice(qkv, 3, 5, 1))
  return [y_Td]

def layer_backward(self, gy_Td: Tensor, kept: List[Tensor], b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], layer: int, e: int, eps: float, lora_grads: List[Tensor], mask_grads: List[Tensor], weight_grads: List[Tensor]) -> Tensor:
  # The reverse of layer_forward. Returns d/dx; gradients of factors, masks and weights go to the lists.
  none = torch.zeros([0])
  hidden = self.mask_of(masks, 0)
  mask_H = self.mask_of(masks, 1 + 2 * layer)
  mask_I = self.mask_of(masks, 2 + 2 * layer)
  w = layer * 19
  l = layer * 14
  traits = weights[w + 18]
  # What went into the projections is wanted for gradients of factors and weights alone.
  learns = len(lora) + len(weight_grads) > 0
  inner_TI = none
  o_TF = none
  n_Td = none
  x_Td = kept[1]
  middle_Td = kept[5]
  gate_TI = kept[6]
  up_TI = kept[7]
  # y = middle + ffn * hidden
  gf_Td = self.added_backward(gy_Td, kept[9], hidden, weights[w + 17], traits, eps, mask_grads, weight_grads, w + 17)
  if learns:
    inner_TI = self.gated(gate_TI, up_TI, mask_I, traits)
    n_Td = self.norm_before(middle_Td, weights[w + 5], eps)
  gi_TI = self.linear_backward(gf_Td, inner_TI, weights[w + 8], lora, l + 12, scale, lora_grads, weight_grads, w + 8, -1)
  # inner = silu(g) u with g = gate z, u = up z
  g_TI = self.masked(gate_TI, mask_I)
  if self.trait(traits, 5, 0.) != 0.:
    gu_TI = torch.mul(gi_TI, torch.gelu(g_TI, approximate="tanh"))
    gg_TI = torch.gelu_backward(torch.mul_(gi_TI, self.masked(up_TI, mask_I)), g_TI, approximate="tanh")
  else:
    gu_TI = torch.mul(gi_TI, torch.silu(g_TI))
    gg_TI = torch.silu_backward(torch.mul_(gi_TI, self.masked(up_TI, mask_I)), g_TI)
  if torch.numel(mask_I) > 0:
    mask_grads[2 + 2 * layer] = torch.add_(torch.sum(torch.mul(gg_TI, gate_TI), [0]), torch.sum(torch.mul(gu_TI, up_TI), [0]))
    gg_TI = torch.mul_(gg_TI, mask_I)
    gu_TI = torch.mul_(gu_TI, mask_I)
  gn_Td = self.linear_backward(gg_TI, n_Td, weights[w + 6], lora, l + 8, scale, lora_grads, weight_grads, w + 6, -1)
  gn_Td = torch.add_(gn_Td, self.linear_backward(gu_TI, n_Td, weights[w + 7], lora, l + 10, scale, lora_grads, weight_grads, w + 7, -1))
  gm_Td = torch.add_(self.norm_before_backward(gn_Td, middle_Td, weights[w + 5], eps, weight_grads, w + 5), gy_Td)
  # middle = x + attention * hidden
  ga_Td = self.added_backward(gm_Td, kept[8], hidden, weights[w + 16], traits, eps, mask_grads, weight_grads, w + 16)
  o_BHSe = kept[10]
  if learns:
    o_TF = self.tokens(self.masked_heads(o_BHSe, mask_H))
  go_TF = self.linear_backward(ga_Td, o_TF, weights[w + 4], lora, l + 6, scale, lora_grads, weight_grads, w + 4, self.bias_at(weights, w + 12))
  go_BHSe = self.heads(go_TF, b, e)
  if torch.numel(mask_H) > 0:
    mask_grads[1 + 2 * layer] = torch.sum(torch.mul(go_BHSe, o_BHSe), [0, 2, 3])
    go_BHSe = self.masked_heads(go_BHSe, mask_H)
  gs = self.attend_backward(go_BHSe, kept[2], kept[3], kept[4], o_BHSe, kept[11], weights, w)
  if learns:
    n_Td = self.norm_before(x_Td, weights[w], eps)
  turn = self.rotation(rope, e, traits)
  gq_TF = self.tokens(self.rotate_backward(self.scaled_query(gs[0], traits), turn))
  gk_TF = self.tokens(self.rotate_backward(gs[1], turn))
  if len(kept) > 12:
    inner_eps = self.trait(traits, 4, eps)
    gq_TF = self.grouped_norm_backward(gq_TF, kept[12], weights[w + 14], inner_eps, weight_grads, w + 14)
    gk_TF = self.grouped_norm_backward(gk_TF, kept[13], weights[w + 15], inner_eps, weight_grads, w + 15)
  gn_Td = self.linear_backward(gq_TF, n_Td, weights[w + 1], lora, l, scale, lora_grads, weight_grads, w + 1, self.bias_at(weights, w + 9))
  gn_Td = torch.add_(gn_Td, self.linear_backward(gk_TF, n_Td, weights[w + 2], lora, l + 2, scale, lora_grads, weight_grads, w + 2, self.bias_at(weights, w + 10)))
  gn_Td = torch.add_(gn_Td, self.linear_backward(self.tokens(gs[2]), n_Td, weights[w + 3], lora, l + 4, scale, lora_grads, weight_grads, w + 3, self.bias_at(weights, w + 11)))
  return torch.add_(self.norm_before_backward(gn_Td, x_Td, weights[w], eps, weight_grads, w), gm_Td)
