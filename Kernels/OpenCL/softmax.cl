// Over lines of LENGTH elements, INNER apart, OUTER · INNER of them:
//
//     y = e^(x − max) / Σ e^(x − max)          or, with LOGARITHM,  y = x − max − log Σ e^(x − max)
//
// INNER is 1: lines are contiguous, one work-item each, sums in 16 lanes (lanes.cl). Else vectors across
// lines, sums in ACC along the line. VW <= INNER; 16 where INNER is 1.
void NAME(S0 const float *restrict x, S1 float *restrict y) {
#if INNER == 1
  FOR_EACH(line, OUTER) {
    S0 const float *from = x + line * LENGTH;
    S1 float *to = y + line * LENGTH;
    float16 best = (float16)(-INFINITY);
    for (int i = 0; i < LENGTH; i += LANES) {
      float16 row;
      ROW_OF(row, from, i, LENGTH, -INFINITY)
      best = greater_of_16(best, row);
    }
    const float16 top = (float16)(lanes_max(best));
    VLANES sum = (VLANES)(0);
    for (int i = 0; i < LENGTH; i += LANES) {
      float16 row;
      ROW_OF(row, from, i, LENGTH, -INFINITY)
      float16 power = exp_of_16(row - top);
#if !LOGARITHM
      STORE_ROW(power, to, i, LENGTH)
#endif
      if (i + LANES > LENGTH) {
        float part[LANES];
        vstore16(power, 0, part);
        for (int l = LENGTH - i; l < LANES; l++) part[l] = 0.0f;
        power = vload16(0, part);
      }
      sum += WIDE_ROW(power);
    }
    const float total = (float)lanes_sum(sum);
    for (int i = 0; i < LENGTH; i += LANES) {
      float16 row;
#if LOGARITHM
      ROW_OF(row, from, i, LENGTH, 0.0f)
      const float16 result = row - top - log_of_16((float16)(total));
#else
      ROW_OF(row, to, i, LENGTH, 0.0f)
      const float16 result = row / (float16)(total);
#endif
      STORE_ROW(result, to, i, LENGTH)
    }
  }
#else
  FOR_TILES(block, 1, OUTER, i, VW, INNER) {
    S0 const float *from = x + block * LENGTH * INNER + i;
    S1 float *to = y + block * LENGTH * INNER + i;
    VF top = VLOAD(from);
    for (int j = 1; j < LENGTH; j++) top = CAT(greater_of_, VW)(top, VLOAD(from + j * INNER));
    VA sum = (VA)(0);
    for (int j = 0; j < LENGTH; j++) {
      sum += WIDE(CAT(exp_of_, VW)(VLOAD(from + j * INNER) - top));
    }
    const VF total = NARROW(sum);
#if LOGARITHM
    const VF logarithm = CAT(log_of_, VW)(total);
#endif
    for (int j = 0; j < LENGTH; j++) {
      const VF value = VLOAD(from + j * INNER) - top;
#if LOGARITHM
      VSTORE(value - logarithm, to + j * INNER);
#else
      VSTORE(CAT(exp_of_, VW)(value) / total, to + j * INNER);
#endif
    }
  }
#endif
}
