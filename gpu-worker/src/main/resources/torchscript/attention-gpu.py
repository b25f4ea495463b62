def attend_causal(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, dtype: int) -> List[Tensor]:
  # Returns [o, nothing]. In `dtype`, for the fastest kernels of GPUs take no float32.
  return [self.attend_on_gpu(q_BHSe, k_BHSe, v_BHSe, None, dtype), torch.zeros([0])]

def attend_masked(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen_SS: Tensor, dtype: int) -> List[Tensor]:
  # attend_causal, scores plus unseen.
  return [self.attend_on_gpu(q_BHSe, k_BHSe, v_BHSe, torch.to(unseen_SS, dtype), dtype), torch.zeros([0])]

def attend_on_gpu(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen_SS: Optional[Tensor], dtype: int) -> Tensor:
  o_BHSe = torch.scaled_dot_product_attention(torch.to(q_BHSe, dtype), torch.to(k_BHSe, dtype), torch.to(v_BHSe, dtype), unseen_SS, 0., unseen_SS is None, scale=None, enable_gqa=False)
  return torch.to(o_BHSe, 6)

def attend_causal_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, o_BHSe: Tensor, nothing: Tensor, dtype: int) -> List[Tensor]:
  # Returns [dq, dk, dv].
  return self.attend_on_gpu_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, None, dtype)

def attend_masked_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, o_BHSe: Tensor, nothing: Tensor, unseen_SS: Tensor, dtype: int) -> List[Tensor]:
  return self.attend_on_gpu_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, torch.to(unseen_SS, dtype), dtype)

def attend_on_gpu_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen_SS: Optional[Tensor], dtype: int) -> List[Tensor]:
  # By autograd: which of several kernels a GPU takes, each with a backward kernel of its own, is libtorch's to say.
  q = torch.requires_grad_(torch.detach(torch.to(q_BHSe, dtype)), True)
  k = torch.requires_grad_(torch.detach(torch.to(k_BHSe, dtype)), True)
  v = torch.requires_grad_(torch.detach(torch.to(v_BHSe, dtype)), True)
  torch.set_grad_enabled(True)
  o = torch.scaled_dot_product_attention(q, k, v, unseen_SS, 0., unseen_SS is None, scale=None, enable_gqa=False)
  torch.set_grad_enabled(False)
  upstream = annotate(Optional[List[Optional[Tensor]]], annotate(List[Optional[Tensor]], [torch.to(go_BHSe, dtype)]))
  gs = torch.grad([o], [q, k, v], upstream, None, False, False)
  out = annotate(List[Tensor], [])
  for g in gs:
    _0 = torch.append(out, torch.to(unchecked_cast(Tensor, g), 6))
  return out
