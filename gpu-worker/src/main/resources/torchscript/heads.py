def picked_heads(self, x: Tensor, dim: int, e: int, at_h: Tensor) -> Tensor:
  # Of a dimension of heads, e numbers each, those at at_h; what is empty stays so.
  if torch.numel(x) == 0:
    return x
  return torch.flatten(torch.index_select(torch.unflatten(x, dim, [-1, e]), dim, at_h), dim, dim + 1)

def kv_of_heads(self, weights: List[Tensor], mask_H: Tensor, e: int) -> Tensor:
  # The key/value head of each query head, int64 [H].
  if torch.numel(weights[13]) > 0:
    return weights[13]
  groups = torch.floordiv(torch.numel(mask_H), torch.floordiv(torch.size(weights[2], 0), e))
  return torch.floor_divide(torch.sub(torch.cumsum(torch.ones_like(mask_H, dtype=4), 0), 1), groups)

def open_heads_weights(self, weights: List[Tensor], at_h: Tensor, at_k: Tensor, kv_map: Tensor, e: int) -> List[Tensor]:
  # A layer's 19 tensors without the closed query heads, and without the key/value heads that no open one sees.
  out = torch.slice(weights, 0, 19, 1)
  out[1] = self.picked_heads(out[1], 0, e, at_h)
  out[2] = self.picked_heads(out[2], 0, e, at_k)
  out[3] = self.picked_heads(out[3], 0, e, at_k)
  out[4] = self.picked_heads(out[4], 1, e, at_h)
  out[9] = self.picked_heads(out[9], 0, e, at_h)
  out[10] = self.picked_heads(out[10], 0, e, at_k)
  out[11] = self.picked_heads(out[11], 0, e, at_k)
  out[13] = kv_map
  return out

def open_heads_lora(self, lora: List[Tensor], at_h: Tensor, at_k: Tensor, e: int) -> List[Tensor]:
  # A layer's 14 factors, q's, k's and v's B and o's A without the same heads; or none.
  out = torch.slice(lora, 0, 14, 1)
  if len(out) > 0:
    out[1] = self.picked_heads(out[1], 0, e, at_h)
    out[3] = self.picked_heads(out[3], 0, e, at_k)
    out[5] = self.picked_heads(out[5], 0, e, at_k)
    out[6] = self.picked_heads(out[6], 1, e, at_h)
  return out

def thin_layer_forward(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], layer: int, e: int, eps: float) -> Tensor:
  # layer_forward's output, at the price of the heads and channels that are open in some sequence; of all heads where one
  # norm is over them. For whom no gradient is asked: that of a head's gate is not 0 where the gate is.
  if len(masks) == 0:
    return self.layer_forward(x_Td, b, rope, weights, lora, scale, masks, layer, e, eps, False)[0]
  w = torch.slice(weights, layer * 19, layer * 19 + 19, 1)
  l = torch.slice(lora, layer * 14, layer * 14 + 14, 1)
  m = [masks[0], masks[1 + 2 * layer], masks[2 + 2 * layer]]
  open_H = self.open_anywhere(m[1])
  at_h = self.open_units(open_H)
  if torch.numel(at_h) > 0 and torch.numel(w[14]) <= e:
    kv_h = torch.index_select(self.kv_of_heads(w, open_H, e), 0, at_h)
    used_K = torch.gt(torch.bincount(kv_h, None, torch.floordiv(torch.size(w[2], 0), e)), 0)
    at_k = torch.view(torch.nonzero(used_K), [-1])
    kv_map = torch.index_select(torch.sub(torch.cumsum(used_K, 0), 1), 0, kv_h)
    w = self.open_heads_weights(w, at_h, at_k, kv_map, e)
    l = self.open_heads_lora(l, at_h, at_k, e)
    m[1] = torch.index_select(m[1], -1, at_h)
  at_i = self.open_units(self.open_anywhere(m[2]))
  if torch.numel(at_i) > 0:
    w = self.open_weights(w, 0, at_i)
    l = self.open_lora(l, 0, at_i)
    m = self.open_masks(m, 0, at_i)
  return self.layer_forward(x_Td, b, rope, w, l, scale, m, 0, e, eps, False)[0]
