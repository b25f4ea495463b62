def clip(self, grads: List[Tensor], max_norm: float) -> Tensor:
  # Scales all gradients in place so that their global norm is at most max_norm; returns the norm before.
  norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2), 0), 2)
  _0 = torch._foreach_mul_(grads, torch.clamp_max(torch.div(max_norm, torch.add(norm, 1e-6)), 1.))
  return norm

def adamw(self, params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, decay: float, eps: float) -> Tensor:
  # Decoupled weight decay (Loshchilov and Hutter 2019), in place, all tensors in one call; returns the step count.
  _0 = torch._foreach_add_(steps, 1)
  _1 = torch._fused_adamw_(params, grads, m, v, annotate(List[Tensor], []), steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
  return steps[0]

def accumulate(self, sums: List[Tensor], more: List[Tensor], factor: float) -> Tensor:
  # sums += factor * more, in place.
  _0 = torch._foreach_add_(sums, more, alpha=factor)
  return sums[0]

def scale_all(self, tensors: List[Tensor], factor: float) -> Tensor:
  # In place.
  _0 = torch._foreach_mul_(tensors, factor)
  return tensors[0]
