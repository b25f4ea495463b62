def attend_causal(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, dtype: int) -> List[Tensor]:
  # Returns [o, logsumexp of the scores [B, H, S]]: with both the backward pass needs no second forward. In float32
  # whatever the type of the weights.
  o_BHSe, logsumexp_BHS = torch._scaled_dot_product_flash_attention_for_cpu(q_BHSe, k_BHSe, v_BHSe, 0., True, attn_mask=None, scale=None)
  return [o_BHSe, logsumexp_BHS]

def attend_masked(self, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, unseen_SS: Tensor, dtype: int) -> List[Tensor]:
  # attend_causal, scores plus unseen.
  o_BHSe, logsumexp_BHS = torch._scaled_dot_product_flash_attention_for_cpu(q_BHSe, k_BHSe, v_BHSe, 0., False, attn_mask=unseen_SS, scale=None)
  return [o_BHSe, logsumexp_BHS]

def attend_masked_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, o_BHSe: Tensor, logsumexp_BHS: Tensor, unseen_SS: Tensor, dtype: int) -> List[Tensor]:
  gq, gk, gv = torch._scaled_dot_product_flash_attention_for_cpu_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, o_BHSe, logsumexp_BHS, 0., False, attn_mask=unseen_SS, scale=None)
  return [gq, gk, gv]

def attend_causal_backward(self, go_BHSe: Tensor, q_BHSe: Tensor, k_BHSe: Tensor, v_BHSe: Tensor, o_BHSe: Tensor, logsumexp_BHS: Tensor, dtype: int) -> List[Tensor]:
  # Returns [dq, dk, dv].
  gq, gk, gv = torch._scaled_dot_product_flash_attention_for_cpu_backward(go_BHSe, q_BHSe, k_BHSe, v_BHSe, o_BHSe, logsumexp_BHS, 0., True, attn_mask=None, scale=None)
  return [gq, gk, gv]
