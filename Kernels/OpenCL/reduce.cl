// One result per index of the kept axes (dense), over all indices of the reduced ones in row-major order:
//
//     y[row · N + i] = FINISH(Σ STEP(x[KEPT(row) + i · KEPT_STEP + REDUCED(k)]))
//     row < ROWS, i < N, k < COUNT
//
// TX: the element type, TS: that of the running value. START, STEP(sum, value), FINISH(sum) may name COUNT.
// IN_LANES: float32 sums over 16 lanes (lanes.cl) of COUNT contiguous elements: LANE_TERM(v) of 16 wide ones.
// Else VW > 1 only for float32 where KEPT_STEP is 1: vectors across results, one value each.
void NAME(S0 const TX *restrict x, S1 TX *restrict y) {
#ifdef IN_LANES
  FOR_EACH(result, ROWS * N) {
    S0 const float *from = x + KEPT(result / N) + result % N * KEPT_STEP;
    VLANES sum = (VLANES)(0);
    for (int k = 0; k < COUNT; k += LANES) {
      float16 row;
      ROW_OF(row, from, k, COUNT, 0.0f)
      const VLANES v = WIDE_ROW(row);
      sum += LANE_TERM(v);
    }
    const ACC total = lanes_sum(sum);
    y[result] = (float)(FINISH(total));
  }
#else
  FOR_TILES(row, 1, ROWS, i, VW, N) {
    CAT(TS, VW) sum = (CAT(TS, VW))(START);
    for (int k = 0; k < COUNT; k++) {
#if VW == 1
      const TX value = x[KEPT(row) + i * KEPT_STEP + REDUCED(k)];
#else
      const VF value = VLOAD(x + KEPT(row) + i + REDUCED(k));
#endif
      sum = STEP(sum, value);
    }
#if VW == 1
    y[row * N + i] = (TX)(FINISH(sum));
#else
    VSTORE(NARROW(FINISH(sum)), y + row * N + i);
#endif
  }
#endif
}
