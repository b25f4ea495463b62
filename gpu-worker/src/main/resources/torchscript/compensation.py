def weighted_tokens(self, inner_TF: Tensor, y_Td: Tensor, gain_T1: Tensor) -> Tensor:
  # The inputs of a writer of the residual stream, each token divided by the RMS of the stream y it writes to: what comes
  # next is an RMSNorm, so an error counts relative to that. Without it a few tokens with massive activations decide.
  weighted_TF = torch.mul(inner_TF, torch.rsqrt(torch.add(torch.mean(torch.mul(y_Td, y_Td), [1], True), 1e-12)))
  return self.masked(weighted_TF, gain_T1)

def error_gain(self, inner_TF: Tensor, w_dF: Tensor, bias: Tensor, hidden_d: Tensor, norm_d: Tensor) -> Tensor:
  # What a small error of o = inner W^T + bias is multiplied by in norm(o): the norm's weight, as one number for all
  # channels, over the RMS of o [T, 1].
  o_Td = self.masked(self.linear(inner_TF, w_dF, bias, self.no_tensors(), 0, 0.), hidden_d)
  rms_T1 = torch.rsqrt(torch.add(torch.mean(torch.mul(o_Td, o_Td), [1], True), 1e-12))
  return torch.mul(rms_T1, torch.sqrt(torch.mean(torch.mul(norm_d, norm_d))))

def gram_add(self, gram_FF: Tensor, x_TF: Tensor) -> Tensor:
  # gram += x^T x; the product of one chunk in float32, the sum in float64.
  return torch.add_(gram_FF, torch.to(self.product_backward_weight(x_TF, x_TF), 7))

def damped(self, gram_FF: Tensor, damping: float) -> Tensor:
  # X^T X + damping * mean(diag) I (docs/methods/closed-form.md): massive activations make the matrix nearly singular.
  ridge = torch.mul(torch.mean(torch.diagonal(gram_FF)), damping)
  out_FF = torch.clone(gram_FF)
  _0 = torch.add_(torch.diagonal(out_FF), ridge)
  return out_FF

def unit_costs(self, w_OF: Tensor, p_FF: Tensor, units_Nu: Tensor) -> Tensor:
  # Joint cost trace(W_S (P_SS)^-1 W_S^T) of removing each unit's columns S [N].
  if torch.size(units_Nu, 1) == 1:
    at_N = torch.view(units_Nu, [-1])
    columns_ON = torch.index_select(w_OF, 1, at_N)
    return torch.div(torch.sum(torch.mul(columns_ON, columns_ON), [0]), torch.index_select(torch.diagonal(p_FF), 0, at_N))
  out = annotate(List[Tensor], [])
  for i in range(torch.size(units_Nu, 0)):
    s_u = torch.select(units_Nu, 0, i)
    w_Ou = torch.index_select(w_OF, 1, s_u)
    p_uu = torch.index_select(torch.index_select(p_FF, 0, s_u), 1, s_u)
    _0 = torch.append(out, torch.sum(torch.mul(w_Ou, torch.t(torch.linalg_solve(p_uu, torch.t(w_Ou))))))
  return torch.stack(out, 0)

def removal_costs(self, w_OF: Tensor, gram_FF: Tensor, damping: float, units_Nu: Tensor) -> Tensor:
  # unit_costs in the intact matrix, float32 [N].
  p_FF = torch.cholesky_inverse(torch.linalg_cholesky(self.damped(gram_FF, damping)))
  return torch.to(self.unit_costs(torch.to(w_OF, 7), p_FF, units_Nu), 6)

def surgeon(self, w_OF: Tensor, gram_FF: Tensor, damping: float, units_Nu: Tensor, factors_N: Tensor, curvature_OO: Tensor, remove: int, batch: int) -> List[Tensor]:
  # Greedy optimal brain surgeon on columns (docs/methods/closed-form.md): again and again the `batch` cheapest units, their
  # costs multiplied by their factors, are removed and the rest re-fitted. Errors count as they are, or with curvature R as
  # |R error|^2, which changes what is cheap and not how the rest is re-fitted. Returns [re-fitted W with zero columns [O,F],
  # units in order of removal [remove]].
  w = torch.to(w_OF, 7)
  outputs = torch.size(w, 0)
  if torch.numel(curvature_OO) > 0:
    w = torch.cat([torch.mm(torch.to(curvature_OO, 7), w), w], 0)
  p = torch.cholesky_inverse(torch.linalg_cholesky(self.damped(gram_FF, damping)))
  gone_N = torch.lt(torch.select(units_Nu, 1, 0), 0)
  order = annotate(List[Tensor], [])
  left = remove
  while left > 0:
    costs_N = torch.masked_fill(torch.mul(self.unit_costs(torch.slice(w, 0, 0, outputs, 1), p, units_Nu), factors_N), gone_N, inf)
    costs_N = torch.masked_fill(costs_N, torch.isnan(costs_N), inf)
    _v, chosen_b = torch.topk(costs_N, min(batch, left), 0, False, True)
    s = torch.reshape(torch.index_select(units_Nu, 0, chosen_b), [-1])
    p_sF = torch.index_select(p, 0, s)
    x_sF = torch.linalg_solve(torch.index_select(p_sF, 1, s), p_sF)
    w = torch.addmm(w, torch.index_select(w, 1, s), x_sF, alpha=-1)
    p = torch.addmm(p, torch.t(p_sF), x_sF, alpha=-1)
    # What is left of P at S is rounding noise; the identity keeps its blocks solvable.
    p = torch.index_fill_(torch.index_fill_(p, 0, s, 0.), 1, s, 0.)
    _1 = torch.index_fill_(torch.diagonal(p), 0, s, 1.)
    w = torch.index_fill(w, 1, s, 0.)
    gone_N = torch.index_fill(gone_N, 0, chosen_b, 1)
    _0 = torch.append(order, chosen_b)
    left = left - min(batch, left)
  return [torch.to(torch.slice(w, 0, torch.size(w, 0) - outputs, torch.size(w, 0), 1), 6), torch.cat(order, 0)]

def refit(self, w_OF: Tensor, gram_FF: Tensor, kept_k: Tensor, damping: float) -> Tensor:
  # The kept columns of W take over what the others gave: W' = W G_:,K (G_KK)^-1 (docs/methods/closed-form.md), 0 elsewhere. The
  # ridge holds W' at W.
  w = torch.to(w_OF, 7)
  g_Fk = torch.index_select(self.damped(gram_FF, damping), 1, kept_k)
  l_kk = torch.linalg_cholesky(torch.index_select(g_Fk, 0, kept_k))
  w_kO = torch.cholesky_solve(torch.t(torch.mm(w, g_Fk)), l_kk)
  return torch.to(torch.index_copy(torch.zeros_like(w), 1, kept_k, torch.t(w_kO)), 6)

def squared_error(self, difference_OF: Tensor, gram_FF: Tensor) -> Tensor:
  # trace(D G D^T): what a matrix that is D off gives too much or too little, squared, over the tokens of G.
  return torch.sum(torch.mul(torch.mm(difference_OF, gram_FF), difference_OF))

def refit_errors(self, w_OF: Tensor, gram_FF: Tensor, held_out_FF: Tensor, kept_k: Tensor, damping: float) -> Tensor:
  # On tokens that were held out: the error of the kept columns as they are, and as the other tokens re-fit them [2]. Leaves
  # the other tokens' Gram matrix in gram: one more of its size would be the largest thing there.
  w = torch.to(w_OF, 7)
  fitted = torch.to(self.refit(w_OF, torch.sub_(gram_FF, held_out_FF), kept_k, damping), 7)
  plain = torch.index_copy(torch.zeros_like(w), 1, kept_k, torch.index_select(w, 1, kept_k))
  return torch.stack([self.squared_error(torch.sub(w, plain), held_out_FF), self.squared_error(torch.sub(w, fitted), held_out_FF)], 0)

def later_rows(self, x_TF: Tensor, first: int) -> Tensor:
  return torch.slice(x_TF, 0, first, torch.size(x_TF, 0), 1)

def folded(self, w_OI: Tensor, a_rI: Tensor, b_Or: Tensor, scale: float) -> Tensor:
  # W + scale B A, a new tensor.
  if torch.numel(a_rI) == 0:
    return torch.clone(w_OI)
  return torch.addmm(w_OI, b_Or, a_rI, alpha=scale)

def attention_output(self, x_Td: Tensor, b: int, rope: List[Tensor], layer: List[Tensor], e: int, eps: float) -> Tensor:
  # The input of o_proj [T, H*e] of one layer's tensors.
  none = self.no_tensors()
  qkv = self.attention_input(x_Td, b, 0, rope, layer, none, 0., 0, e, eps)
  return self.tokens(self.attend_seen(qkv, rope, layer, 0)[0])

def ffn_output(self, x_Td: Tensor, layer: List[Tensor], eps: float) -> Tensor:
  # The input of down_proj [T, I] of one layer's tensors.
  return self.ffn_inner(x_Td, layer, self.no_tensors(), 0., torch.zeros([0]), 0, eps)[2]

def residual(self, x_Td: Tensor, inner_TF: Tensor, w_dF: Tensor, bias: Tensor, hidden_d: Tensor, norm_d: Tensor, traits: Tensor, eps: float) -> Tensor:
  # x + (inner W^T + bias) * hidden, normed and multiplied as `added` does.
  return self.added(x_Td, self.linear(inner_TF, w_dF, bias, self.no_tensors(), 0, 0.), hidden_d, norm_d, traits, eps)

def columns(self, w_OF: Tensor, at_k: Tensor) -> Tensor:
  return torch.contiguous(torch.index_select(w_OF, 1, at_k))

def spread_rows(self, w_OF: Tensor, at_O: Tensor, count: int) -> Tensor:
  # The other way round than rows: [count, F] with row i of w at at_i, zeros elsewhere
  return torch.index_copy(torch.new_zeros(w_OF, [count, torch.size(w_OF, 1)]), 0, at_O, w_OF)

def spread_entries(self, b_O: Tensor, at_O: Tensor, count: int) -> Tensor:
  # The same for a bias: [count]
  return torch.index_copy(torch.new_zeros(b_O, [count]), 0, at_O, b_O)

def spread_columns(self, w_OF: Tensor, at_F: Tensor, count: int) -> Tensor:
  # The other way round than columns: [O, count]
  return torch.index_copy(torch.new_zeros(w_OF, [torch.size(w_OF, 0), count]), 1, at_F, w_OF)

def scaled_rows(self, w_OF: Tensor, scale_O: Tensor) -> Tensor:
  # diag(scale) W
  return torch.mul(w_OF, torch.view(scale_O, [-1, 1]))

def scaled_columns(self, w_OF: Tensor, scale_F: Tensor) -> Tensor:
  # W diag(scale)
  return torch.mul(w_OF, scale_F)

def moments_add(self, moments_F: Tensor, x_TF: Tensor) -> Tensor:
  # moments += sum over tokens of x_j^2; the sum of one chunk in float32, the sum of chunks in float64.
  return torch.add_(moments_F, torch.to(torch.sum(torch.mul(x_TF, x_TF), [0]), 7))

def column_norms(self, w_OF: Tensor) -> Tensor:
  # norm(W_:,j) [F]
  return torch.linalg_vector_norm(w_OF, 2, [0])

def column_means(self, w_OF: Tensor) -> Tensor:
  # mean |W_ij| over i [F]
  return torch.mean(torch.abs(w_OF), [0])

def rows(self, w_OF: Tensor, at_k: Tensor) -> Tensor:
  return torch.contiguous(torch.index_select(w_OF, 0, at_k))
