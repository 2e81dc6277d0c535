// A convolution, vectors along the innermost output axis; a transposed one is a convolution of what
// stage.cl spreads out, with its kernel turned round.
//
//     y[n, m, d, h, w] = ACTIVATE(bias[m] + Σ_c,i,j,k  u[g, c, i, j, k, m mod MAPS]
//         · x[n · X_N + (g · DEPTH + c) · X_C + d · STEP_D + i · TAP_D + h · STEP_H + j · TAP_H
//             + w · X_STEP + TAP(k)])
//     n < BATCH, m < GROUPS · MAPS, g = m / MAPS, c < DEPTH, d < OUT_D, h < OUT_H, w < OUT_W,
//     i < KERNEL_D, j < KERNEL_H, k < KERNEL_W
//
// y by Y_N and Y_M, positions dense. TAP(k): where tap k begins. bias and slope may be absent. Int8: scales
// [GROUPS · MAPS] of the maps, largest [BATCH] of |x| as largest.cl gives it.
// MT: maps of a tile, at most MAPS. VW <= OUT_W, and 1 unless X_STEP is 1. ACTIVATE(v, m): what is done to a result of map m.
// Order: one sum per output: the bias, then channel by channel its taps, row-major, each by fma.
void NAME(
    S0 const float *restrict x, S1 const WEIGHT *restrict u, S2 const float *restrict bias,
    S3 const float *restrict slope, S4 const float *restrict scales,
    S5 const int *restrict largest, S6 float *restrict y) {
  for (int n = 0; n < BATCH; n++) {
    const float inverse = QUANTIZED ? INVERSE_SCALE(largest[n]) : 1.0f;
    FOR_TILES(line, 1, GROUPS * BLOCKS(MAPS, MT) * OUT_D * OUT_H, w, VW, OUT_W) {
      const int h = line % OUT_H, d = line / OUT_H % OUT_D;
      const int block = line / OUT_H / OUT_D;
      const int g = block / BLOCKS(MAPS, MT);
      const int map = min(block % BLOCKS(MAPS, MT) * MT, MAPS - MT);
      VF total[MT];
      VP sum[MT];
      for (int m = 0; m < MT; m++) {
        total[m] = bias ? (VF)(bias[g * MAPS + map + m]) : (VF)(0.0f);
        sum[m] = SEGMENT_START(0, total[m], sum[m]);
      }
      S1 const WEIGHT *weights = u + g * DEPTH * KERNEL_D * KERNEL_H * KERNEL_W * MAPS + map;
      for (int c = 0; c < DEPTH; c++) {
        for (int i = 0; i < KERNEL_D; i++) {
          for (int j = 0; j < KERNEL_H; j++) {
            S0 const float *row = x + n * X_N + (g * DEPTH + c) * X_C
                + d * STEP_D + i * TAP_D + h * STEP_H + j * TAP_H + w * X_STEP;
            for (int k = 0; k < KERNEL_W; k++) {
              const VP value = FACTOR(VLOAD(row + TAP(k)), inverse);
              for (int m = 0; m < MT; m++) {
                sum[m] = TERM((VP)(WEIGHT1(weights + m)), value, sum[m]);
              }
              weights += MAPS;
            }
          }
        }
      }
      for (int m = 0; m < MT; m++) {
        const int channel = g * MAPS + map + m;
        total[m] = SEGMENT_END(0, total[m], sum[m]);
        total[m] = SCALED(total[m], sum[m], (VF)(scales[channel] * ROW_SCALE(largest[n])));
        VSTORE(
            ACTIVATE(total[m], channel),
            y + n * Y_N + channel * Y_M + (d * OUT_H + h) * OUT_W + w);
      }
    }
  }
}
