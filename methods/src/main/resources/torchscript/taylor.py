def taylor_terms(self, kind: int, w: Tensor, g: Tensor, f: Tensor) -> Tensor:
  # What the loss is expected to lose with each weight: kinds are those of ChannelSums.
  if kind == 2:
    return torch.abs_(torch.mul_(torch.mul(w, w), f))
  wg = torch.mul(w, g)
  if kind == 0:
    return wg
  if kind == 1:
    return torch.abs_(wg)
  if kind == 3:
    return torch.abs_(torch.sub_(wg, torch.mul_(torch.mul(w, w), f), alpha=0.5))
  return torch.abs_(torch.sub(wg, torch.mul(wg, wg), alpha=0.5))

def taylor_sums(self, kind: int, weights: List[Tensor], grads: List[Tensor], squares: List[Tensor], e: int) -> Tensor:
  # The terms' sums over the rows of all matrices [out, F or less] but the last, and over the columns of the last
  # [d, F], float64 [matrices, F]. Rows of key/value heads, of e channels, are spread over the query heads that share them.
  last = len(weights) - 1
  columns = torch.size(weights[last], 1)
  sums = annotate(List[Tensor], [])
  for i in range(last):
    f = grads[i]
    if len(squares) > 0:
      f = squares[i]
    sum = torch.sum(self.taylor_terms(kind, weights[i], grads[i], f), [1], False, dtype=7)
    sharing = torch.floordiv(columns, torch.numel(sum))
    if sharing > 1:
      sum = torch.div(torch.reshape(torch.expand(torch.view(sum, [-1, 1, e]), [-1, sharing, -1]), [-1]), sharing)
    _0 = torch.append(sums, sum)
  f = grads[last]
  if len(squares) > 0:
    f = squares[last]
  _1 = torch.append(sums, torch.sum(self.taylor_terms(kind, weights[last], grads[last], f), [0], False, dtype=7))
  return torch.stack(sums, 0)
