// A pool over PLANES planes of up to three spatial axes IN_D, IN_H, IN_W -> OUT_D, OUT_H, OUT_W:
//
//     average   Σ over the taps inside the input, in ACC, / their number; with COUNT_PADDING the number of
//               taps inside the padded input; 0 where there is none
//     maximum   of the taps inside the input, NaN wins, the first of equals; its flat index counts over
//               X [planes, …], with COLUMN_MAJOR the spatial axes the other way round
//
// Tap k of output o of an axis reads o · STRIDE + k · DILATION − BEGIN; END: padding after the input.
// AVERAGE: 1 or 0. T: the element type, LOWEST its least value. y or indices may be absent.
// Order: taps row-major.
void NAME(
    S0 const T *restrict x,
#if AVERAGE
    S1 T *restrict y
#else
    S1 T *restrict y, S2 long *restrict indices
#endif
) {
  FOR_EACH(o, PLANES * OUT_D * OUT_H * OUT_W) {
    const int plane = o / OUT_W / OUT_H / OUT_D;
    S0 const T *from = x + plane * IN_D * IN_H * IN_W;
    const int d0 = o / OUT_W / OUT_H % OUT_D * STRIDE_D - BEGIN_D;
    const int h0 = o / OUT_W % OUT_H * STRIDE_H - BEGIN_H;
    const int w0 = o % OUT_W * STRIDE_W - BEGIN_W;
#if AVERAGE
    ACC sum = 0;
    int inside = 0, padded = 0;
#else
    T top = LOWEST;
    long best = -1;
#endif
    for (int i = 0; i < KERNEL_D; i++) {
      const int d = d0 + i * DILATION_D;
      for (int j = 0; j < KERNEL_H; j++) {
        const int h = h0 + j * DILATION_H;
        for (int k = 0; k < KERNEL_W; k++) {
          const int w = w0 + k * DILATION_W;
#if AVERAGE
          padded += d < IN_D + END_D && h < IN_H + END_H && w < IN_W + END_W;
#endif
          if (d < 0 || d >= IN_D || h < 0 || h >= IN_H || w < 0 || w >= IN_W) continue;
          const T value = from[(d * IN_H + h) * IN_W + w];
#if AVERAGE
          sum += (ACC)value;
          inside++;
#else
          if (best < 0 || value > top || (value != value && top == top)) {
            top = value;
            best = (long)plane * IN_D * IN_H * IN_W
                + (COLUMN_MAJOR ? (w * IN_H + h) * IN_D + d : (d * IN_H + h) * IN_W + w);
          }
#endif
        }
      }
    }
#if AVERAGE
    const int count = COUNT_PADDING ? padded : inside;
    y[o] = inside > 0 && count > 0 ? (T)(sum / (ACC)count) : (T)0;
#else
    if (y) y[o] = top;
    if (indices) indices[o] = best;
#endif
  }
}
