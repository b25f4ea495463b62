def log_softmax_(self, z_CV: Tensor) -> Tensor:
  # In place: over a vocabulary, memory to write to costs more than the formula.
  return torch._log_softmax(z_CV, 1, False, out=z_CV)

def words(self, h_Cd: Tensor, head_Vd: Tensor, cap: float) -> Tensor:
  # Logits [C, V], kept within cap of 0 as cap tanh(z / cap) where cap is not 0.
  z_CV = self.product(h_Cd, head_Vd)
  if cap == 0.:
    return z_CV
  return torch.mul_(torch.tanh_(torch.div_(z_CV, cap)), cap)

def words_slope(self, z_CV: Tensor, cap: float) -> Tensor:
  # d capped / d uncapped [C, V] of what `words` returned; empty where it is 1.
  if cap == 0.:
    return torch.zeros([0])
  t_CV = torch.div(z_CV, cap)
  return torch.rsub(torch.mul_(t_CV, t_CV), 1., 1)

def token_nll(self, h_Td: Tensor, head_Vd: Tensor, labels_T: Tensor, chunk: int, cap: float=0.) -> Tensor:
  # Negative log-likelihood of each label [T], nats; 0 where the label is -100, whose logits are not computed.
  nll_T = torch.zeros_like(torch.select(h_Td, 1, 0))
  used_N = torch.view(torch.nonzero(torch.ne(labels_T, -100)), [-1])
  nll_N = self.nll_at(h_Td, head_Vd, used_N, torch.index_select(labels_T, 0, used_N), chunk, cap)
  return torch.index_copy(nll_T, 0, used_N, nll_N)

def nll_at(self, h_Td: Tensor, head_Vd: Tensor, at_N: Tensor, labels_N: Tensor, chunk: int, cap: float=0.) -> Tensor:
  # Negative log-likelihood [N], nats, of each label after the token that `at` says; a token may be asked for more than
  # one. Never more than [chunk, V] logits at a time.
  nll = [torch.slice(torch.view(h_Td, [-1]), 0, 0, 0, 1)]
  for i in range(0, torch.size(at_N, 0), chunk):
    at_C = torch.slice(at_N, 0, i, i + chunk, 1)
    lp_CV = self.log_softmax_(self.words(torch.index_select(h_Td, 0, at_C), head_Vd, cap))
    labels_C1 = torch.unsqueeze(torch.slice(labels_N, 0, i, i + chunk, 1), 1)
    _0 = torch.append(nll, torch.neg(torch.squeeze(torch.gather(lp_CV, 1, labels_C1), 1)))
  return torch.cat(nll, 0)

def cross_entropy(self, h_Td: Tensor, head_Vd: Tensor, labels_T: Tensor, chunk: int, head_grad: bool, cap: float=0.) -> List[Tensor]:
  # Mean over the labels that are not -100 (0 if there is none), with its closed-form gradient softmax(z) - onehot:
  # returns [loss, dh [T, d], dW [V, d] (empty unless head_grad)].
  count = torch.clamp_min(torch.sum(torch.ne(labels_T, -100)), 1)
  loss = torch.zeros([])
  gh = annotate(List[Tensor], [])
  gw_Vd = torch.zeros([0])
  if head_grad:
    gw_Vd = torch.zeros_like(head_Vd)
  for i in range(0, torch.size(h_Td, 0), chunk):
    labels_C = torch.slice(labels_T, 0, i, i + chunk, 1)
    h_Cd = torch.slice(h_Td, 0, i, i + chunk, 1)
    z_CV = self.words(h_Cd, head_Vd, cap)
    slope_CV = self.words_slope(z_CV, cap)
    lp_CV = self.log_softmax_(z_CV)
    used_C1 = torch.unsqueeze(torch.ne(labels_C, -100), 1)
    at_C1 = torch.unsqueeze(torch.clamp_min(labels_C, 0), 1)
    loss = torch.sub(loss, torch.sum(torch.mul(torch.gather(lp_CV, 1, at_C1), used_C1)))
    g_CV = torch.exp_(lp_CV)
    g_CV = torch.scatter_add_(g_CV, 1, at_C1, torch.neg(torch.to(used_C1, 6)))
    g_CV = self.masked(torch.mul_(g_CV, torch.div(torch.to(used_C1, 6), count)), slope_CV)
    _0 = torch.append(gh, self.product_backward(g_CV, head_Vd))
    if head_grad:
      gw_Vd = torch.addmm_(gw_Vd, torch.t(g_CV), h_Cd)
  return [torch.div(loss, count), torch.cat(gh, 0), gw_Vd]

def distillation(self, h_Td: Tensor, head_Vd: Tensor, teacher_Tm: Tensor, teacher_head_Vm: Tensor, tau: float, weight: float, chunk: int, head_grad: bool, cap: float=0.) -> List[Tensor]:
  # tau^2 sum_T KL(teacher || student) * weight with p = softmax(z / tau), and its closed-form gradient
  # tau (softmax(zs / tau) - softmax(zt / tau)) W * weight: returns [loss, dh [T, d], dW [V, d] (empty unless head_grad)]
  # (docs/methods/nuteprune.md, Losses).
  loss = torch.zeros([])
  gh = annotate(List[Tensor], [])
  gw_Vd = torch.zeros([0])
  if head_grad:
    gw_Vd = torch.zeros_like(head_Vd)
  for i in range(0, torch.size(h_Td, 0), chunk):
    h_Cd = torch.slice(h_Td, 0, i, i + chunk, 1)
    s_CV = self.words(h_Cd, head_Vd, cap)
    slope_CV = self.words_slope(s_CV, cap)
    t_CV = self.words(torch.slice(teacher_Tm, 0, i, i + chunk, 1), teacher_head_Vm, cap)
    if tau != 1.:
      s_CV = torch.div_(s_CV, tau)
      t_CV = torch.div_(t_CV, tau)
    s_CV = self.log_softmax_(s_CV)
    t_CV = self.log_softmax_(t_CV)
    gap_CV = torch.sub(t_CV, s_CV)
    p_CV = torch.exp_(t_CV)
    loss = torch.add(loss, torch.dot(torch.view(p_CV, [-1]), torch.view(gap_CV, [-1])))
    g_CV = self.masked(torch.sub_(torch.exp_(s_CV), p_CV), slope_CV)
    _0 = torch.append(gh, torch.mul_(self.product_backward(g_CV, head_Vd), tau * weight))
    if head_grad:
      gw_Vd = torch.addmm_(gw_Vd, torch.t(g_CV), h_Cd, beta=1, alpha=tau * weight)
  return [torch.mul(loss, tau * tau * weight), torch.cat(gh, 0), gw_Vd]

def distillation_at(self, h_Td: Tensor, head_Vd: Tensor, teacher_Tm: Tensor, teacher_head_Vm: Tensor, at_N: Tensor, tau: float, weight: float, chunk: int, head_grad: bool, cap: float=0.) -> List[Tensor]:
  # distillation of the positions that `at` says, as a mean over these times weight; 0 if there is none. The gradient of the
  # others is 0.
  loss = torch.zeros([])
  gh_Td = torch.zeros_like(h_Td)
  gw_Vd = torch.zeros([0])
  if head_grad:
    gw_Vd = torch.zeros_like(head_Vd)
  count = torch.size(at_N, 0)
  if count > 0:
    kl = self.distillation(torch.index_select(h_Td, 0, at_N), head_Vd, torch.index_select(teacher_Tm, 0, at_N), teacher_head_Vm, tau, weight / count, chunk, head_grad, cap)
    loss = kl[0]
    gh_Td = torch.index_copy(gh_Td, 0, at_N, kl[1])
    gw_Vd = kl[2]
  return [loss, gh_Td, gw_Vd]

def divergence(self, h_Td: Tensor, t_Td: Tensor, head_Vd: Tensor, labels_T: Tensor, chunk: int, cap: float=0.) -> Tensor:
  # KL(teacher || student) [N], nats, at each of the N positions whose label is not -100; both read the same head. Forward alone:
  # never more than a few times [chunk, V] numbers at a time.
  kl = [torch.slice(torch.view(h_Td, [-1]), 0, 0, 0, 1)]
  used_N = torch.view(torch.nonzero(torch.ne(labels_T, -100)), [-1])
  for i in range(0, torch.size(used_N, 0), chunk):
    at_C = torch.slice(used_N, 0, i, i + chunk, 1)
    s_CV = self.log_softmax_(self.words(torch.index_select(h_Td, 0, at_C), head_Vd, cap))
    t_CV = self.log_softmax_(self.words(torch.index_select(t_Td, 0, at_C), head_Vd, cap))
    gap_CV = torch.sub(t_CV, s_CV)
    _0 = torch.append(kl, torch.sum(torch.mul_(gap_CV, torch.exp_(t_CV)), [1]))
  return torch.cat(kl, 0)

def layer_mse(self, s_Td: Tensor, t_Td: Tensor, weight: float, normalised: bool) -> List[Tensor]:
  # Mean of (t - s)^2 over the elements where the student is not zero, that is over the hidden channels it keeps
  # (docs/methods/nuteprune.md, Losses), divided by the same mean of t^2 if normalised: returns [loss, ds].
  kept_Td = torch.to(torch.ne(s_Td, 0), 6)
  gap_Td = torch.mul(torch.sub(s_Td, t_Td), kept_Td)
  unit = torch.sum(kept_Td)
  if normalised:
    unit = torch.sum(torch.mul(torch.mul(t_Td, t_Td), kept_Td))
  loss = torch.mul(torch.div(torch.sum(torch.mul(gap_Td, gap_Td)), unit), weight)
  return [loss, torch.mul_(gap_Td, torch.div(2. * weight, unit))]

def logits(self, h_Td: Tensor, head_Vd: Tensor, cap: float=0.) -> Tensor:
  # [T, V]
  return self.words(h_Td, head_Vd, cap)
