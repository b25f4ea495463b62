def decode(self, ids_1S: Tensor, start: int, embedding_Vd: Tensor, norm_d: Tensor, head_Vd: Tensor, rope: List[Tensor], weights: List[Tensor], e: int, eps: float, cache: List[Tensor], cap: float=0.) -> Tensor:
  # Logits [V] after the last of S new tokens at positions start .. start + S - 1, whose keys and values are written into the
  # cache: for each layer both [1, K, P, e], of P positions, where those before `start` are already. S is 1 unless start is 0.
  none = self.no_tensors()
  absent = torch.zeros([0])
  end = start + torch.size(ids_1S, 1)
  x_Sd = self.embed(ids_1S, embedding_Vd, none)
  for layer in range(torch.floordiv(len(weights), 19)):
    qkv = self.attention_input(x_Sd, 1, start, rope, weights, none, 0., layer, e, eps)
    k = cache[2 * layer]
    v = cache[2 * layer + 1]
    w = layer * 19
    _0 = torch.copy_(torch.slice(k, 2, start, end, 1), qkv[1])
    _1 = torch.copy_(torch.slice(v, 2, start, end, 1), qkv[2])
    if start > 0:
      unseen = self.out_of_window(weights[w + 18], end)
      o_BHSe = self.attend_past(qkv[0], torch.slice(k, 2, unseen, end, 1), torch.slice(v, 2, unseen, end, 1), weights[w + 13], self.trait(weights[w + 18], 6, 0.))
    else:
      o_BHSe = self.attend_seen(qkv, rope, weights, w)[0]
    o_SF = self.tokens(o_BHSe)
    x_Sd = self.added(x_Sd, self.linear(o_SF, weights[w + 4], weights[w + 12], none, 0, 0.), absent, weights[w + 16], weights[w + 18], eps)
    inner = self.ffn_inner(x_Sd, weights, none, 0., absent, layer, eps)
    x_Sd = self.added(x_Sd, self.linear(inner[2], weights[w + 8], absent, none, 0, 0.), absent, weights[w + 17], weights[w + 18], eps)
  last_1d = self.rms_norm(torch.slice(x_Sd, 0, -1, 9223372036854775807, 1), norm_d, eps)
  return torch.view(self.words(last_1d, head_Vd, cap), [-1])

def out_of_window(self, traits: Tensor, length: int) -> int:
  # How many of the first positions the last of them does not see.
  window = self.window(traits, length)
  if window == 0:
    return 0
  return length - window
