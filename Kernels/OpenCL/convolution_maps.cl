// A convolution with few positions, vectors along the output channels; formula, names and order of sums
// as in convolution.cl.
//
// PT: positions of a tile, at most OUT_D · OUT_H · OUT_W. VW <= MAPS. ACTIVATE(v, m): what is done to
// the VW results from map m on.
#define OUTPUTS (OUT_D * OUT_H * OUT_W)

void NAME(
    S0 const float *restrict x, S1 const WEIGHT *restrict u, S2 const float *restrict bias,
    S3 const float *restrict slope, S4 const float *restrict scales,
    S5 const int *restrict largest, S6 float *restrict y) {
  for (int n = 0; n < BATCH; n++) {
    const float inverse = QUANTIZED ? INVERSE_SCALE(largest[n]) : 1.0f;
    for (int g = 0; g < GROUPS; g++) {
      FOR_TILES(position, PT, OUTPUTS, map, VW, MAPS) {
        const int channel = g * MAPS + map;
        VF total[PT];
        VP sum[PT];
        int start[PT];
        for (int p = 0; p < PT; p++) {
          const int at = position + p;
          total[p] = bias ? VLOAD(bias + channel) : (VF)(0.0f);
          sum[p] = SEGMENT_START(0, total[p], sum[p]);
          start[p] = n * X_N + g * DEPTH * X_C + at / OUT_W / OUT_H * STEP_D
              + at / OUT_W % OUT_H * STEP_H + at % OUT_W * X_STEP;
        }
        S1 const WEIGHT *weights = u + g * DEPTH * KERNEL_D * KERNEL_H * KERNEL_W * MAPS + map;
        for (int c = 0; c < DEPTH; c++) {
          for (int i = 0; i < KERNEL_D; i++) {
            for (int j = 0; j < KERNEL_H; j++) {
              for (int k = 0; k < KERNEL_W; k++) {
                const int tap = c * X_C + i * TAP_D + j * TAP_H + TAP(k);
                const VP weight = WEIGHTS(weights);
                for (int p = 0; p < PT; p++) {
                  sum[p] = TERM(weight, (VP)(FACTOR1(x[start[p] + tap], inverse)), sum[p]);
                }
                weights += MAPS;
              }
            }
          }
        }
        for (int p = 0; p < PT; p++) {
          float values[VW];
          total[p] = SEGMENT_END(0, total[p], sum[p]);
          total[p] = SCALED(
              total[p], sum[p], VLOAD(scales + channel) * (VF)(ROW_SCALE(largest[n])));
          CAT(vstore, VW)(ACTIVATE(total[p], channel), 0, values);
          for (int m = 0; m < VW; m++) {
            y[n * Y_N + (channel + m) * Y_M + position + p] = values[m];
          }
        }
      }
    }
  }
}
#undef OUTPUTS
