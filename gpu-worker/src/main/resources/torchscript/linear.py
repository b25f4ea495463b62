def product(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # x W^T in float32, of weights in float32 or bfloat16
  if torch.numel(w_OI) == 0:
    # of a sub-block that is gone; oneDNN refuses sums of nothing
    return torch.zeros([torch.size(x_TI, 0), torch.size(w_OI, 0)], dtype=6, layout=None, device=ops.prim.device(x_TI), pin_memory=None)
  if ops.prim.dtype(w_OI) == ops.prim.dtype(x_TI):
    return self.product_of_floats(x_TI, w_OI)
  return self.product_of_halves(x_TI, w_OI)

def product_backward(self, gy_TO: Tensor, w_OI: Tensor) -> Tensor:
  # d/dx of the product [T, I]: gy W
  if torch.numel(w_OI) == 0 or ops.prim.dtype(w_OI) != ops.prim.dtype(gy_TO):
    return self.product(gy_TO, torch.t(w_OI))
  return self.matmul(gy_TO, w_OI)

def product_backward_weight(self, gy_TO: Tensor, x_TI: Tensor) -> Tensor:
  # d/dW of the product [O, I]: gy^T x
  if torch.numel(gy_TO) == 0 or torch.numel(x_TI) == 0:
    return self.product(torch.t(gy_TO), torch.t(x_TI))
  return self.matmul(torch.t(gy_TO), x_TI)

def linear(self, x_TI: Tensor, w_OI: Tensor, bias: Tensor, lora: List[Tensor], at: int, scale: float) -> Tensor:
  # x W^T + bias + scale (x A^T) B^T; the factors are lora[at], lora[at + 1]
  y_TO = self.product(x_TI, w_OI)
  if torch.numel(bias) > 0:
    y_TO = torch.add_(y_TO, bias)
  if self.has_lora(lora, at):
    y_TO = torch.addmm_(y_TO, torch.mm(x_TI, torch.t(lora[at])), torch.t(lora[at + 1]), beta=1, alpha=scale)
  return y_TO

def has_lora(self, lora: List[Tensor], at: int) -> bool:
  if len(lora) > at:
    return torch.numel(lora[at]) > 0
  return False

def linear_backward(self, gy_TO: Tensor, x_TI: Tensor, w_OI: Tensor, lora: List[Tensor], at: int, scale: float, lora_grads: List[Tensor], weight_grads: List[Tensor], w_at: int, bias_at: int) -> Tensor:
  # Returns d/dx; writes d/dA, d/dB (if there are factors) and d/dW, d/dbias (if weight_grads is not empty).
  gx_TI = self.product_backward(gy_TO, w_OI)
  if self.has_lora(lora, at):
    a_rI = lora[at]
    b_Or = lora[at + 1]
    gt_Tr = torch.mul_(torch.mm(gy_TO, b_Or), scale)
    lora_grads[at] = torch.mm(torch.t(gt_Tr), x_TI)
    lora_grads[at + 1] = torch.mul_(torch.mm(torch.t(gy_TO), torch.mm(x_TI, torch.t(a_rI))), scale)
    gx_TI = torch.addmm_(gx_TI, gt_Tr, a_rI)
  if len(weight_grads) > 0:
    weight_grads[w_at] = self.product_backward_weight(gy_TO, x_TI)
    if bias_at >= 0:
      weight_grads[bias_at] = torch.sum(gy_TO, [0])
  return gx_TI

def rms_norm(self, x_Td: Tensor, w_d: Tensor, eps: float) -> Tensor:
  r_T1 = torch.rsqrt_(torch.add_(torch.mean(torch.mul(x_Td, x_Td), [1], True), eps))
  return torch.mul_(torch.mul(x_Td, r_T1), w_d)

def norm_before(self, x_Td: Tensor, w_d: Tensor, eps: float) -> Tensor:
  # What a sub-block reads; without a weight there is no norm before it.
  if torch.numel(w_d) == 0:
    return x_Td
  return self.rms_norm(x_Td, w_d, eps)

def norm_before_backward(self, gy_Td: Tensor, x_Td: Tensor, w_d: Tensor, eps: float, weight_grads: List[Tensor], w_at: int) -> Tensor:
  if torch.numel(w_d) == 0:
    return gy_Td
  return self.rms_norm_backward(gy_Td, x_Td, w_d, eps, weight_grads, w_at)

def rms_norm_backward(self, gy_Td: Tensor, x_Td: Tensor, w_d: Tensor, eps: float, weight_grads: List[Tensor], w_at: int) -> Tensor:
  # y = x r w, r = (mean x^2 + eps)^-1/2:  dx = r (gy w - x r^2 mean(gy w x))
  r_T1 = torch.rsqrt_(torch.add_(torch.mean(torch.mul(x_Td, x_Td), [1], True), eps))
  xr_Td = torch.mul(x_Td, r_T1)
  if len(weight_grads) > 0:
    weight_grads[w_at] = torch.sum(torch.mul(gy_Td, xr_Td), [0])
  g_Td = torch.mul(gy_Td, w_d)
  dot_T1 = torch.mean(torch.mul(g_Td, xr_Td), [1], True)
  g_Td = torch.sub_(g_Td, torch.mul_(xr_Td, dot_T1))
  return torch.mul_(g_Td, r_T1)
