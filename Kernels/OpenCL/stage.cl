// What a convolution reads, with zeros around it (and between, for a transposed one) and split by the
// innermost stride, so that neighbouring outputs read neighbouring elements:
//
//     y[n, c, d, h, p, q] = X(n, c, (d − BEGIN_D) / STUFF_D, (h − BEGIN_H) / STUFF_H, (w − BEGIN_W) / STUFF_W)
//     with w = q · PHASES + p, 0 where a position is outside X or a division leaves a rest
//     n < BATCH, c < CHANNELS, d < D, h < H, p < PHASES, q < W
//
// X(n, c, d, h, w) is x[n · X_N + c · X_C + d · X_D + h · X_H + w · X_W], sizes IN_D, IN_H, IN_W.
#define PLACE(at, BEGIN, STUFF, SIZE) \
  ((at) >= (BEGIN) && ((at) - (BEGIN)) % (STUFF) == 0 && ((at) - (BEGIN)) / (STUFF) < (SIZE) \
       ? ((at) - (BEGIN)) / (STUFF) : -1)

void NAME(S0 const float *restrict x, S1 float *restrict y) {
  FOR_EACH(row, BATCH * CHANNELS * D * H) {
    const int h = PLACE(row % H, BEGIN_H, STUFF_H, IN_H);
    const int d = PLACE(row / H % D, BEGIN_D, STUFF_D, IN_D);
    const int n = row / H / D / CHANNELS, c = row / H / D % CHANNELS;
    S1 float *target = y + row * PHASES * W;
    if (h < 0 || d < 0) {
      for (int i = 0; i < PHASES * W; i++) target[i] = 0.0f;
      continue;
    }
    S0 const float *source = x + n * X_N + c * X_C + d * X_D + h * X_H;
    for (int p = 0; p < PHASES; p++) {
      for (int q = 0; q < W; q++) {
        const int w = PLACE(q * PHASES + p, BEGIN_W, STUFF_W, IN_W);
        target[p * W + q] = w < 0 ? 0.0f : source[w * X_W];
      }
    }
  }
}
#undef PLACE
