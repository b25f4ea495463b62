def attend_causal(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, dtype: int) -> List[Tensor]:
  # Returns [o, nothing]. In `dtype`, for the fastest kernels of GPUs take no float32.
  o_BHSe = torch.scaled_dot_product_attention(torch.to(q_BHSe, dtype), torch.to(k_BHSe, dtype), torch.to(v_BHSe, dtype), None, 0., True, scale=None, enable_gqa=False)
  return [torch.to(o_BHSe, 6), torch.zeros([0])]

def attend_causal_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, o_BHSe: Tensor, nothing: Tensor, dtype: int) -> List[Tensor]:
  # Returns [dq, dk, dv], by autograd: which of several kernels a GPU takes, each with a backward kernel of its own, is
  # libtorch's to say.
  q = torch.requires_grad_(torch.detach(torch.to(q_BHSe, dtype)), True)
  k = torch.requires_grad_(torch.detach(torch.to(k_BHSe, dtype)), True)
  v = torch.requires_grad_(torch.detach(torch.to(v_BHSe, dtype)), True)
  torch.set_grad_enabled(True)
  o = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=None, enable_gqa=False)
  torch.set_grad_enabled(False)
  upstream = annotate(Optional[List[Optional[Tensor]]], annotate(List[Optional[Tensor]], [torch.to(go_BHSe, dtype)]))
  gs = torch.grad([o], [q, k, v], upstream, None, False, False)
  out = annotate(List[Tensor], [])
  for g in gs:
    _0 = torch.append(out, torch.to(unchecked_cast(Tensor, g), 6))
  return out
