def open_anywhere(self, mask: Tensor) -> Tensor:
  # Of masks [B, 1, U] one [U]: not 0 where one of them is not.
  if torch.dim(mask) == 3:
    return torch.amax(torch.abs(mask), [0, 1], False)
  return mask

def open_units(self, mask_U: Tensor) -> Tensor:
  # The units whose gate is not 0, int64 [u], one of them where all are closed; empty where so many are open that picking
  # them out of the weights costs more than it saves, and where there is no mask.
  at_u = torch.view(torch.nonzero(mask_U), [-1])
  if torch.numel(at_u) >= 0.8 * torch.numel(mask_U):
    return torch.slice(at_u, 0, 0, 0, 1)
  if torch.numel(at_u) == 0:
    return torch.zeros_like(torch.slice(mask_U, 0, 0, 1, 1), dtype=4)
  return at_u

def open_channels(self, masks: List[Tensor]) -> List[Tensor]:
  # open_units of each layer's FFN. A closed channel adds exactly nothing, and silu(z g) (z u) has slope 0 at z = 0 (as with GELU), so
  # that without it no loss and no gradient is another.
  out = annotate(List[Tensor], [])
  for layer in range(torch.floordiv(len(masks), 2)):
    _0 = torch.append(out, self.open_units(masks[2 + 2 * layer]))
  return out

def open_weights(self, weights: List[Tensor], layer: int, at_k: Tensor) -> List[Tensor]:
  # The layer's 19 tensors, gate, up and down without the closed channels.
  out = torch.slice(weights, layer * 19, layer * 19 + 19, 1)
  out[6] = torch.index_select(out[6], 0, at_k)
  out[7] = torch.index_select(out[7], 0, at_k)
  out[8] = torch.index_select(out[8], 1, at_k)
  return out

def open_lora(self, lora: List[Tensor], layer: int, at_k: Tensor) -> List[Tensor]:
  # The layer's 14 factors, gate's and up's B and down's A without the closed channels; or none.
  out = torch.slice(lora, layer * 14, layer * 14 + 14, 1)
  if self.has_lora(out, 8):
    out[9] = torch.index_select(out[9], 0, at_k)
  if self.has_lora(out, 10):
    out[11] = torch.index_select(out[11], 0, at_k)
  if self.has_lora(out, 12):
    out[12] = torch.index_select(out[12], 1, at_k)
  return out

def open_masks(self, masks: List[Tensor], layer: int, at_k: Tensor) -> List[Tensor]:
  return [masks[0], masks[1 + 2 * layer], torch.index_select(masks[2 + 2 * layer], -1, at_k)]

def open_layer_forward(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], open: List[Tensor], layer: int, e: int, eps: float, keep: bool) -> List[Tensor]:
  # layer_forward, at the price of the channels that are open; gate and up in what is kept are those channels'.
  if len(open) > layer:
    if torch.numel(open[layer]) > 0:
      at_k = open[layer]
      return self.layer_forward(x_Td, b, rope, self.open_weights(weights, layer, at_k), self.open_lora(lora, layer, at_k), scale, self.open_masks(masks, layer, at_k), 0, e, eps, keep)
  return self.layer_forward(x_Td, b, rope, weights, lora, scale, masks, layer, e, eps, keep)

def open_layer_backward(self, gy_Td: Tensor, kept: List[Tensor], b: int, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], open: List[Tensor], layer: int, e: int, eps: float, lora_grads: List[Tensor], mask_grads: List[Tensor], weight_grads: List[Tensor]) -> Tensor:
  # layer_backward, at the price of the channels that are open.
  if len(open) > layer:
    if torch.numel(open[layer]) > 0:
      at_k = open[layer]
      l = layer * 14
      factors = self.open_lora(lora, layer, at_k)
      gates = self.open_masks(masks, layer, at_k)
      factor_grads = self.empty_grads(factors)
      gate_grads = self.empty_grads(gates)
      gate_grads[0] = mask_grads[0]
      gx_Td = self.layer_backward(gy_Td, kept, b, rope, self.open_weights(weights, layer, at_k), factors, scale, gates, 0, e, eps, factor_grads, gate_grads, weight_grads)
      for i in range(len(factors)):
        lora_grads[l + i] = factor_grads[i]
      if self.has_lora(factors, 8):
        lora_grads[l + 9] = torch.index_copy(torch.zeros_like(lora[l + 9]), 0, at_k, factor_grads[9])
      if self.has_lora(factors, 10):
        lora_grads[l + 11] = torch.index_copy(torch.zeros_like(lora[l + 11]), 0, at_k, factor_grads[11])
      if self.has_lora(factors, 12):
        lora_grads[l + 12] = torch.index_copy(torch.zeros_like(lora[l + 12]), 1, at_k, factor_grads[12])
      mask_grads[0] = gate_grads[0]
      mask_grads[1 + 2 * layer] = gate_grads[1]
      mask_grads[2 + 2 * layer] = torch.index_copy(torch.zeros_like(masks[2 + 2 * layer]), 0, at_k, gate_grads[2])
      return gx_Td
  return self.layer_backward(gy_Td, kept, b, rope, weights, lora, scale, masks, layer, e, eps, lora_grads, mask_grads, weight_grads)
