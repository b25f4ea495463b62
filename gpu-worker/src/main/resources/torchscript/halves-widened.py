def product_of_halves(self, x_TI: Tensor, w_OI: Tensor) -> Tensor:
  # Processors that do not multiply bfloat16 multiply a weight that is widened for the moment: their products of bfloat16 take
  # several times as long as those of float32.
  return self.product_of_floats(x_TI, torch.to(w_OI, 6))
