def distill_step(self, ids_BS: Tensor, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, tied: bool, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], e: int, eps: float, recompute: bool, all_weights: bool, words: bool, teacher: List[Tensor], teacher_head_Vm: Tensor, tau: float, kl_weight: float, layer_weight: float, normalised: bool, labels_T: Tensor, text_weight: float, some: bool, at_N: Tensor, chunk: int, cap: float=0., stream: float=1., top: float=1.) -> List[Tensor]:
  # One student pass: returns [kl, layers, cross-entropy] + gradients like lora + gradients like masks. `teacher` is what
  # hidden_states returned for the teacher; kl is a mean over tokens (those that `at` says, if only some) times kl_weight. The text itself teaches with
  # text_weight: unless that is 0, labels_T is what follows each token. After the losses come the
  # nanoseconds of the forward pass. With all_weights there follow those of the weights as language_step has them.
  start = ops.prim.TimePoint()
  # a closed channel's weights have gradients of their own shape
  open = self.no_tensors()
  if not all_weights:
    open = self.open_channels(masks)
  kept = self.forward_kept(ids_BS, embedding_Vd, rope, weights, lora, scale, masks, open, e, eps, recompute)
  forward = torch.tensor(ops.prim.TimePoint() - start)
  x_Td = kept[-1][0]
  h_Td = self.rms_norm(x_Td, norm_d, eps)
  kl = annotate(List[Tensor], [])
  if some:
    kl = self.distillation_at(h_Td, head_Vd, teacher[0], teacher_head_Vm, at_N, tau, kl_weight, chunk, words, cap)
  else:
    kl = self.distillation(h_Td, head_Vd, teacher[0], teacher_head_Vm, tau, kl_weight / torch.size(h_Td, 0), chunk, words, cap)
  gh_Td = kl[1]
  head_grad_Vd = kl[2]
  text = torch.zeros([])
  if text_weight != 0.:
    ce = self.cross_entropy(h_Td, head_Vd, labels_T, chunk, words, cap)
    text = ce[0]
    gh_Td = torch.add_(gh_Td, ce[1], alpha=text_weight)
    head_grad_Vd = torch.add_(head_grad_Vd, ce[2], alpha=text_weight)
  layers = torch.zeros([])
  layer_grads = annotate(List[Tensor], [])
  if layer_weight != 0.:
    for i in range(len(kept) - 1):
      mse = self.layer_mse(kept[i][0], teacher[1 + i], layer_weight * stream, normalised)
      layers = torch.add(layers, mse[0])
      _0 = torch.append(layer_grads, mse[1])
    mse = self.layer_mse(h_Td, teacher[0], layer_weight * top, normalised)
    layers = torch.add(layers, mse[0])
    gh_Td = torch.add_(gh_Td, mse[1])
  gradients = self.step_gradients(gh_Td, head_grad_Vd, layer_grads, kept, ids_BS, embedding_Vd, norm_d, tied, rope, weights, lora, scale, masks, open, e, eps, all_weights, words)
  return torch.add([kl[0], layers, text, forward], gradients)

def step_gradients(self, gh_Td: Tensor, head_grad_Vd: Tensor, layer_grads: List[Tensor], kept: List[List[Tensor]], ids_BS: Tensor, embedding_Vd: Tensor, norm_d: Tensor, tied: bool, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], open: List[Tensor], e: int, eps: float, all_weights: bool, words: bool) -> List[Tensor]:
  # From the gradient at the final norm's output, and the head's own: gradients like lora, like masks and, with all_weights,
  # those of the weights, then embedding, norm, head.
  lora_grads = self.empty_grads(lora)
  mask_grads = self.empty_grads(masks)
  weight_grads = self.no_tensors()
  top_grads = self.no_tensors()
  if all_weights:
    weight_grads = self.empty_grads(weights)
    top_grads = [torch.zeros([0]), torch.zeros([0]), torch.zeros([0])]
  g_Td = self.rms_norm_backward(gh_Td, kept[-1][0], norm_d, eps, top_grads, 1)
  g_Td = self.backward(g_Td, layer_grads, kept, ids_BS, rope, weights, lora, scale, masks, open, e, eps, lora_grads, mask_grads, weight_grads)
  g_Td = self.embed_backward(g_Td, ids_BS, embedding_Vd, masks, mask_grads)
  if all_weights:
    top_grads = self.end_grads(g_Td, ids_BS, embedding_Vd, tied, words, head_grad_Vd, top_grads)
  return torch.add(torch.add(torch.add(lora_grads, mask_grads), weight_grads), top_grads)

def end_grads(self, g_Td: Tensor, ids_BS: Tensor, embedding_Vd: Tensor, tied: bool, words: bool, head_grad_Vd: Tensor, top_grads: List[Tensor]) -> List[Tensor]:
  # Those of the embedding, the final norm (which is there already) and the head, empty if tied: its share is in the
  # embedding's. Without words the embedding's and the head's stay empty.
  if words:
    if tied:
      top_grads[0] = head_grad_Vd
    else:
      top_grads[0] = torch.zeros_like(embedding_Vd)
      top_grads[2] = head_grad_Vd
    top_grads[0] = torch.index_add_(top_grads[0], 0, torch.reshape(ids_BS, [-1]), g_Td)
  return top_grads

def language_step(self, ids_BS: Tensor, labels_T: Tensor, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, tied: bool, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], e: int, eps: float, recompute: bool, all_weights: bool, words: bool, chunk: int, cap: float=0.) -> List[Tensor]:
  # Mean cross-entropy: returns [loss] + gradients like lora + gradients like masks and, with all_weights, those of
  # the weights, then embedding, norm, head (empty if tied: its share is in the embedding's). After the loss come the
  # nanoseconds of the forward pass.
  start = ops.prim.TimePoint()
  # a closed channel's weights have gradients of their own shape
  open = self.no_tensors()
  if not all_weights:
    open = self.open_channels(masks)
  kept = self.forward_kept(ids_BS, embedding_Vd, rope, weights, lora, scale, masks, open, e, eps, recompute)
  forward = torch.tensor(ops.prim.TimePoint() - start)
  x_Td = kept[-1][0]
  loss = self.cross_entropy(self.rms_norm(x_Td, norm_d, eps), head_Vd, labels_T, chunk, words, cap)
  gradients = self.step_gradients(loss[1], loss[2], self.no_tensors(), kept, ids_BS, embedding_Vd, norm_d, tied, rope, weights, lora, scale, masks, open, e, eps, all_weights, words)
  return torch.add([loss[0], forward], gradients)
