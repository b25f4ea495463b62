def sampled_gradient(self, h_Td: Tensor, head_Vd: Tensor, u_T: Tensor, chunk: int, cap: float=0.) -> Tensor:
  # d/dh [T, d] of each token's -log p(y), y drawn from the model's own p: the first word up to which p sums to more than u
  # in 0..1. Over such words, and not those of the text, squared gradients are curvature (docs/methods/closed-form.md).
  gh = annotate(List[Tensor], [])
  for i in range(0, torch.size(h_Td, 0), chunk):
    z_CV = self.words(torch.slice(h_Td, 0, i, i + chunk, 1), head_Vd, cap)
    slope_CV = self.words_slope(z_CV, cap)
    p_CV = torch.exp_(self.log_softmax_(z_CV))
    u_C1 = torch.unsqueeze(torch.slice(u_T, 0, i, i + chunk, 1), 1)
    y_C1 = torch.sum(torch.le(torch.cumsum(p_CV, 1), u_C1), [1], True)
    y_C1 = torch.clamp_max(y_C1, torch.size(head_Vd, 0) - 1)
    g_CV = self.masked(torch.scatter_add_(p_CV, 1, y_C1, torch.full_like(torch.to(y_C1, 6), -1.)), slope_CV)
    _0 = torch.append(gh, self.product_backward(g_CV, head_Vd))
  return torch.cat(gh, 0)

def curvature_add(self, f_L: List[Tensor], ids_BS: Tensor, u_T: Tensor, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, rope: List[Tensor], weights: List[Tensor], e: int, eps: float, chunk: int, cap: float=0.) -> List[Tensor]:
  # f[layer] [d, d] += sum over tokens of g g^T, g the gradient of all tokens' losses at the layer's output, times that
  # output's RMS, by which the inputs in the Gram matrix are divided.
  b = torch.size(ids_BS, 0)
  none = self.no_tensors()
  kept = self.forward_kept(ids_BS, embedding_Vd, rope, weights, none, 0., none, none, e, eps, True)
  x_Td = kept[-1][0]
  g_Td = self.sampled_gradient(self.rms_norm(x_Td, norm_d, eps), head_Vd, u_T, chunk, cap)
  g_Td = self.rms_norm_backward(g_Td, x_Td, norm_d, eps, none, 0)
  layers = len(kept)
  for i in range(layers):
    layer = layers - 1 - i
    saved = torch.pop(kept, -1)
    y_Td = saved[0]
    scaled_dT = torch.t(torch.mul(g_Td, torch.sqrt(torch.add(torch.mean(torch.mul(y_Td, y_Td), [1], True), 1e-12))))
    _0 = torch.add_(f_L[layer], self.product(scaled_dT, scaled_dT))
    if layer > 0:
      saved = self.open_layer_forward(saved[1], b, rope, weights, none, 0., none, none, layer, e, eps, True)
      g_Td = self.open_layer_backward(g_Td, saved, b, rope, weights, none, 0., none, none, layer, e, eps, none, none, none)
  return f_L

def curvature_factor(self, f_dd: Tensor, damping: float) -> Tensor:
  # R with R^T R = F + damping mean(diag F) I, so that |R x|^2 is x's share of the loss [d, d].
  return torch.to(torch.t(torch.linalg_cholesky(self.damped(torch.to(f_dd, 7), damping))), 6)
