def positions_add(self, kept_PF: Tensor, x_TF: Tensor, at_n: Tensor, first: int) -> Tensor:
  # kept[first .. first + n - 1] = x[at]
  return torch.copy_(torch.slice(kept_PF, 0, first, first + torch.size(at_n, 0), 1), torch.index_select(x_TF, 0, at_n))

def information_normal_scores(self, x_PF: Tensor, block: int) -> Tensor:
  # Of each input the normal scores Phi^-1(rank / (P + 1)) of its positions, as a vector of length 1 [F,P]; 0 if it is constant.
  # Of equal values each has the mean of their ranks. Phi^-1(u) = sqrt(2) erfinv(2 u - 1). `block` inputs at a time.
  out = annotate(List[Tensor], [])
  n = torch.size(x_PF, 0)
  at = 0
  while at < torch.size(x_PF, 1):
    x_bP = torch.contiguous(torch.t(torch.slice(x_PF, 1, at, at + block, 1)))
    sorted_bP, _i = torch.sort(x_bP, 1, False)
    below_bP = torch.searchsorted(sorted_bP, x_bP, right=False)
    until_bP = torch.searchsorted(sorted_bP, x_bP, right=True)
    # below + until + 1 is twice the rank, and 2 u - 1 = (below + until - n) / (n + 1): exactly 0 if all are equal.
    z_bP = torch.erfinv(torch.div(torch.to(torch.sub(torch.add(below_bP, until_bP), n), 6), float(n + 1)))
    z_bP = torch.sub(z_bP, torch.mean(z_bP, [1], True))
    _0 = torch.append(out, torch.div(z_bP, torch.clamp(torch.linalg_vector_norm(z_bP, 2, [1], True), 1e-6)))
    at = at + block
  return torch.cat(out, 0)

def information_nearest(self, z_FP: Tensor, units_m: Tensor, left_F: Tensor, count: int) -> List[Tensor]:
  # Of each unit the largest |correlations| with others that are left [m, count], -1 where there is none, and with which [m, count].
  c_mF = torch.abs(torch.mm(torch.index_select(z_FP, 0, units_m), torch.t(z_FP)))
  c_mF = torch.masked_fill(c_mF, torch.eq(left_F, 0), -1.)
  c_mF = torch.scatter(c_mF, 1, torch.unsqueeze(units_m, 1), -1.)
  most_mc, at_mc = torch.topk(c_mF, min(count, torch.size(c_mF, 1)), 1, True, True)
  return [most_mc, at_mc]

def information_standardised(self, x_PF: Tensor) -> Tensor:
  # Positions of each input, its mean subtracted, divided by its standard deviation [F,P]; 0 if it is constant.
  x_FP = torch.t(torch.to(x_PF, 7))
  mean_F1 = torch.mean(x_FP, [1], True)
  z_FP = torch.sub(x_FP, mean_F1)
  std_F1 = torch.sqrt(torch.mean(torch.mul(z_FP, z_FP), [1], True))
  constant_F1 = torch.le(std_F1, torch.mul(torch.abs(mean_F1), 1e-9))
  return torch.to(torch.masked_fill(torch.div(z_FP, std_F1), constant_F1, 0.), 6)

def information_entropy(self, z_FP: Tensor, units_mk: Tensor, width: float) -> Tensor:
  # Of each row of k units Renyi's entropy of order 2 of the product of their kernels, bits [m]: -log2 of the squared norm of
  # K / P, K_ij = exp(-|z_i - z_j|^2 / (2 width^2)), z_i the units' values at position i, P the trace of K.
  z_mkP = torch.reshape(torch.index_select(z_FP, 0, torch.reshape(units_mk, [-1])), [torch.size(units_mk, 0), torch.size(units_mk, 1), -1])
  z_mPk = torch.transpose(z_mkP, 1, 2)
  squares_mP1 = torch.sum(torch.mul(z_mPk, z_mPk), [2], True)
  d_mPP = torch.baddbmm(torch.add(squares_mP1, torch.transpose(squares_mP1, 1, 2)), z_mPk, z_mkP, beta=1, alpha=-2)
  k_mPP = torch.exp_(torch.mul_(torch.clamp_(d_mPP, 0), -1. / (width * width)))
  return torch.neg(torch.log2(torch.to(torch.mean(k_mPP, [1, 2]), 7)))
