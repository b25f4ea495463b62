def residual_streams(self, ids_BS: Tensor, embedding_Vd: Tensor, rope: List[Tensor], weights: List[Tensor], e: int, eps: float) -> List[Tensor]:
  # What goes into each layer, and what comes out of the last one before the norm: L + 1 times [T, d].
  none = self.no_tensors()
  b = torch.size(ids_BS, 0)
  x_Td = self.embed(ids_BS, embedding_Vd, none)
  streams = [x_Td]
  for layer in range(torch.floordiv(len(weights), 19)):
    x_Td = self.layer_forward(x_Td, b, rope, weights, none, 0., none, layer, e, eps, False)[0]
    _0 = torch.append(streams, x_Td)
  return streams

def text_gradient(self, x_Td: Tensor, labels_T: Tensor, norm_d: Tensor, head_Vd: Tensor, eps: float, chunk: int, cap: float) -> List[Tensor]:
  # Mean cross-entropy of the labels after the last layer's output x, and its gradient there [T, d].
  loss = self.cross_entropy(self.rms_norm(x_Td, norm_d, eps), head_Vd, labels_T, chunk, False, cap)
  return [loss[0], self.rms_norm_backward(loss[1], x_Td, norm_d, eps, self.no_tensors(), 0)]

def weight_gradients_add(self, sums: List[Tensor], squares: List[Tensor], share: float, gy_Td: Tensor, x_Td: Tensor, b: int, rope: List[Tensor], weights: List[Tensor], e: int, eps: float) -> Tensor:
  # Of one layer, whose 19 tensors `weights` are: sums += share * gradients and, unless squares is empty,
  # squares += share * gradients^2, both like the weights, and empty where nothing is wanted. Returns d/dx [T, d].
  none = self.no_tensors()
  kept = self.layer_forward(x_Td, b, rope, weights, none, 0., none, 0, e, eps, True)
  grads = self.empty_grads(weights)
  gx_Td = self.layer_backward(gy_Td, kept, b, rope, weights, none, 0., none, 0, e, eps, none, none, grads)
  for i in range(len(sums)):
    if torch.numel(sums[i]) > 0:
      _0 = torch.add_(sums[i], grads[i], alpha=share)
      if len(squares) > 0:
        _1 = torch.addcmul_(squares[i], grads[i], grads[i], value=share)
  return gx_Td
