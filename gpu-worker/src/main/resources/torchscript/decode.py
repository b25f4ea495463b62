def decode(self, ids_1S: Tensor, start: int, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, rope: List[Tensor], weights: List[Tensor], e: int, eps: float, cache: List[Tensor]) -> List[Tensor]:
  # Logits [V] after the last of S new tokens at positions start .. start + S - 1, then the grown cache: for each layer
  # keys and values [1, K, start + S, e]. S is 1 unless start is 0. The cache is empty at the start.
  none = self.no_tensors()
  x_Sd = self.embed(ids_1S, embedding_Vd, none)
  out = annotate(List[Tensor], [])
  for layer in range(torch.floordiv(len(weights), 14)):
    qkv = self.attention_input(x_Sd, 1, start, rope, weights, none, 0., layer, e, eps)
    k = qkv[1]
    v = qkv[2]
    w = layer * 14
    if start > 0:
      k = torch.cat([cache[2 * layer], k], 2)
      v = torch.cat([cache[2 * layer + 1], v], 2)
      o_BHSe = self.attend_past(qkv[0], k, v, weights[w + 13])
    else:
      o_BHSe = self.attend_seen(qkv[0], k, v, weights[w + 13], rope, ops.prim.dtype(weights[w + 1]))[0]
    _0 = torch.append(out, k)
    _1 = torch.append(out, v)
    o_SF = self.tokens(o_BHSe)
    x_Sd = torch.add(x_Sd, self.linear(o_SF, weights[w + 4], weights[w + 12], none, 0, 0.))
    inner = self.ffn_inner(x_Sd, weights, none, 0., torch.zeros([0]), layer, eps)
    x_Sd = torch.add(x_Sd, self.linear(inner[2], weights[w + 8], torch.zeros([0]), none, 0, 0.))
  last_1d = self.rms_norm(torch.slice(x_Sd, 0, -1, 9223372036854775807, 1), norm_d, eps)
  return torch.add([torch.view(self.product(last_1d, head_Vd), [-1])], out)
