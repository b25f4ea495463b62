def embed(self, ids_BS: Tensor, embedding_Vd: Tensor, masks: List[Tensor]) -> Tensor:
  # [B, S] -> [B*S, d]
  x_Td = torch.embedding(embedding_Vd, torch.reshape(ids_BS, [-1]))
  return self.masked(x_Td, self.mask_of(masks, 0))

def hidden_states(self, ids_BS: Tensor, embedding_Vd: Tensor, norm_d: Tensor, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], e: int, eps: float, all_layers: bool) -> List[Tensor]:
  # Returns [final], after the last norm, or with all_layers [final, output of layer 1, ..., of layer L - 1]. Each [T, d].
  b = torch.size(ids_BS, 0)
  x_Td = self.embed(ids_BS, embedding_Vd, masks)
  layers = torch.floordiv(len(weights), 19)
  states = annotate(List[Tensor], [])
  for layer in range(layers):
    x_Td = self.thin_layer_forward(x_Td, b, rope, weights, lora, scale, masks, layer, e, eps)
    if all_layers and layer < layers - 1:
      _0 = torch.append(states, x_Td)
  return torch.add([self.rms_norm(x_Td, norm_d, eps)], states)

def through_layers(self, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], e: int, eps: float) -> Tensor:
  # The residual stream [T, d] of B sequences after these layers, before any norm.
  none = self.no_tensors()
  for layer in range(torch.floordiv(len(weights), 19)):
    x_Td = self.layer_forward(x_Td, b, rope, weights, none, 0., none, layer, e, eps, False)[0]
  return x_Td

def forward_kept(self, ids_BS: Tensor, embedding_Vd: Tensor, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], open: List[Tensor], e: int, eps: float, recompute: bool) -> List[List[Tensor]]:
  # What the backward pass needs of each layer; its first tensor is the layer's output. With recompute only that and
  # the layer's input stay, and the backward pass runs the layer's forward again.
  b = torch.size(ids_BS, 0)
  x_Td = self.embed(ids_BS, embedding_Vd, masks)
  kept = annotate(List[List[Tensor]], [])
  for layer in range(torch.floordiv(len(weights), 19)):
    out = self.open_layer_forward(x_Td, b, rope, weights, lora, scale, masks, open, layer, e, eps, not recompute)
    if recompute:
      out = [out[0], x_Td]
    _0 = torch.append(kept, out)
    x_Td = out[0]
  return kept

def backward(self, g_Td: Tensor, layer_grads: List[Tensor], kept: List[List[Tensor]], ids_BS: Tensor, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], open: List[Tensor], e: int, eps: float, lora_grads: List[Tensor], mask_grads: List[Tensor], weight_grads: List[Tensor]) -> Tensor:
  # From the gradient of the last layer's output to that of the embedding's output, before its mask. layer_grads, if
  # any, are the gradients of the losses on the outputs of layers 1 .. L - 1. Empties `kept` as it goes.
  b = torch.size(ids_BS, 0)
  layers = torch.floordiv(len(weights), 19)
  for i in range(layers):
    layer = layers - 1 - i
    if len(layer_grads) > 0 and layer < layers - 1:
      g_Td = torch.add_(g_Td, layer_grads[layer])
    saved = torch.pop(kept, -1)
    if len(saved) == 2:
      saved = self.open_layer_forward(saved[1], b, rope, weights, lora, scale, masks, open, layer, e, eps, True)
    g_Td = self.open_layer_backward(g_Td, saved, b, rope, weights, lora, scale, masks, open, layer, e, eps, lora_grads, mask_grads, weight_grads)
  return g_Td

def embed_backward(self, g_Td: Tensor, ids_BS: Tensor, embedding_Vd: Tensor, masks: List[Tensor], mask_grads: List[Tensor]) -> Tensor:
  # Adds the hidden mask's gradient; returns the gradient at the embedding's rows [T, d].
  hidden = self.mask_of(masks, 0)
  if torch.numel(hidden) > 0:
    x_Td = torch.embedding(embedding_Vd, torch.reshape(ids_BS, [-1]))
    mask_grads[0] = torch.add(mask_grads[0], torch.sum(torch.mul(g_Td, x_Td), [0]))
  return self.masked(g_Td, hidden)

def empty_grads(self, like: List[Tensor]) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  for x in like:
    if torch.numel(x) == 0:
      _0 = torch.append(out, x)
    elif torch.is_floating_point(x):
      _1 = torch.append(out, torch.zeros_like(torch.slice(torch.view(x, [-1]), 0, 0, 1, 1)))
    else:
      # indices have no gradient, and cannot be scaled as gradients are
      _2 = torch.append(out, torch.zeros_like(torch.slice(torch.view(x, [-1]), 0, 0, 0, 1), dtype=6))
  return out

def no_tensors(self) -> List[Tensor]:
  return annotate(List[Tensor], [])
