def choice_scores(self, h_Td: Tensor, head_Vd: Tensor, at_N: Tensor, labels_N: Tensor, of_N: Tensor, absent_QC: Tensor, chunk: int, cap: float=0.) -> Tensor:
  # Summed log-probability [Q, C] of each choice of each question: of_N says, counted over [Q * C], which choice a label after
  # the token at_N is of. -inf where a question has fewer choices, absent 1.
  nll_N = self.nll_at(h_Td, head_Vd, at_N, labels_N, chunk, cap)
  sums = torch.index_add(torch.zeros_like(torch.view(absent_QC, [-1]), dtype=6), 0, of_N, torch.neg(nll_N))
  return torch.masked_fill(torch.view(sums, [torch.size(absent_QC, 0), -1]), torch.ne(absent_QC, 0), -inf)

def choice_loss(self, scores_QC: Tensor, gold_Q: Tensor) -> List[Tensor]:
  # Cross-entropy of the right choice among a question's choices, -log softmax(scores)[gold], and how many are the likeliest,
  # means over questions; with the gradient softmax(scores) - onehot: returns [loss, right, dscores [Q, C]].
  lp_QC = torch.log_softmax(scores_QC, 1)
  gold_Q1 = torch.unsqueeze(gold_Q, 1)
  right = torch.mean(torch.to(torch.eq(torch.argmax(scores_QC, 1), gold_Q), 6))
  g_QC = torch.exp(lp_QC)
  g_QC = torch.scatter_add(g_QC, 1, gold_Q1, torch.full_like(torch.to(gold_Q1, 6), -1.))
  return [torch.neg(torch.mean(torch.gather(lp_QC, 1, gold_Q1))), right, torch.div(g_QC, torch.size(gold_Q, 0))]

def nll_at_backward(self, h_Td: Tensor, head_Vd: Tensor, at_N: Tensor, labels_N: Tensor, g_N: Tensor, chunk: int, head_grad: bool, cap: float=0.) -> List[Tensor]:
  # Gradients of sum_n g_n nll_n, of what nll_at returned: [dh [T, d], dW [V, d] (empty unless head_grad)].
  gh_Td = torch.zeros_like(h_Td)
  gw_Vd = torch.zeros([0])
  if head_grad:
    gw_Vd = torch.zeros_like(head_Vd)
  for i in range(0, torch.size(at_N, 0), chunk):
    at_C = torch.slice(at_N, 0, i, i + chunk, 1)
    h_Cd = torch.index_select(h_Td, 0, at_C)
    z_CV = self.words(h_Cd, head_Vd, cap)
    slope_CV = self.words_slope(z_CV, cap)
    g_CV = torch.exp_(self.log_softmax_(z_CV))
    labels_C1 = torch.unsqueeze(torch.slice(labels_N, 0, i, i + chunk, 1), 1)
    g_CV = torch.scatter_add_(g_CV, 1, labels_C1, torch.full_like(torch.to(labels_C1, 6), -1.))
    g_C1 = torch.unsqueeze(torch.slice(g_N, 0, i, i + chunk, 1), 1)
    g_CV = self.masked(torch.mul_(g_CV, g_C1), slope_CV)
    gh_Td = torch.index_add_(gh_Td, 0, at_C, self.product_backward(g_CV, head_Vd))
    if head_grad:
      gw_Vd = torch.addmm_(gw_Vd, torch.t(g_CV), h_Cd)
  return [gh_Td, gw_Vd]

def choice_step(self, ids_BS: Tensor, at_N: Tensor, labels_N: Tensor, of_N: Tensor, absent_QC: Tensor, gold_Q: Tensor, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, tied: bool, rope: List[Tensor], weights: List[Tensor], lora: List[Tensor], scale: float, masks: List[Tensor], e: int, eps: float, recompute: bool, all_weights: bool, words: bool, chunk: int, cap: float=0.) -> List[Tensor]:
  # The loss of choices, as language_step: returns [loss, right, nanoseconds] + gradients.
  start = ops.prim.TimePoint()
  open = self.no_tensors()
  if not all_weights:
    open = self.open_channels(masks)
  kept = self.forward_kept(ids_BS, embedding_Vd, rope, weights, lora, scale, masks, open, e, eps, recompute)
  forward = torch.tensor(ops.prim.TimePoint() - start)
  h_Td = self.rms_norm(kept[-1][0], norm_d, eps)
  loss = self.choice_loss(self.choice_scores(h_Td, head_Vd, at_N, labels_N, of_N, absent_QC, chunk, cap), gold_Q)
  g_N = torch.neg(torch.index_select(torch.view(loss[2], [-1]), 0, of_N))
  gh = self.nll_at_backward(h_Td, head_Vd, at_N, labels_N, g_N, chunk, words, cap)
  gradients = self.step_gradients(gh[0], gh[1], self.no_tensors(), kept, ids_BS, embedding_Vd, norm_d, tied, rope, weights, lora, scale, masks, open, e, eps, all_weights, words)
  return torch.add([loss[0], loss[1], forward], gradients)
