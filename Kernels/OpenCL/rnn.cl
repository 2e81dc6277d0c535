// One direction of an Elman network over L steps of M rows, after the input product
// x[L · M, H] = W X + b + c:
//
//     h' = F(x + U h)
//
// u: [H, H] (k, then unit), scales: [H] of int8, lengths: [M] or absent. initial, y and last by INITIAL(m), Y(t, m), LAST(m);
// each may be absent. hidden: [2, M, H].
// RT: rows of a tile, at most M. VW <= H. BACKWARD: steps in reverse order.
// Order: U h in segments of SEGMENT terms, the first from the x part on.
#define LENGTH(m) (lengths ? clamp(lengths[m], 0, L) : L)

void NAME(
    S0 const float *restrict x, S1 const WEIGHT *restrict u, S2 const int *restrict lengths,
    S3 const float *restrict initial, S4 const float *restrict scales, S5 float *restrict y,
    S6 float *restrict last, S7 float *restrict hidden, STATUS) {
  FOR_EACH(i, M * H) hidden[i] = initial ? initial[INITIAL(i / H) + i % H] : 0.0f;
  BARRIER
  for (int step = 0; step < L; step++) {
    S7 const float *h = hidden + step % 2 * M * H;
    S7 float *next = hidden + (step + 1) % 2 * M * H;
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF total[RT];
      VP sum[RT];
      float inverse[RT], scale[RT];
      for (int i = 0; i < RT; i++) FIND_SCALES(i, H, h[(row + i) * H + k])
      for (int i = 0; i < RT; i++) {
        const int length = LENGTH(row + i);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        total[i] = VLOAD(x + (t * M + row + i) * H + unit);
      }
      for (int first = 0; first < H; first += SEGMENT) {
        for (int i = 0; i < RT; i++) sum[i] = SEGMENT_START(first, total[i], sum[i]);
        for (int k = first; k < min(first + SEGMENT, H); k++) {
          const VP weight = WEIGHTS(u + k * H + unit);
          for (int i = 0; i < RT; i++) {
            const VP value = (VP)(FACTOR1(h[(row + i) * H + k], inverse[i]));
            sum[i] = TERM(weight, value, sum[i]);
          }
        }
        for (int i = 0; i < RT; i++) total[i] = SEGMENT_END(first, total[i], sum[i]);
      }
      for (int i = 0; i < RT; i++) {
        total[i] = SCALED(total[i], sum[i], VLOAD(scales + unit) * (VF)(scale[i]));
        const int m = row + i, at = m * H + unit;
        const int length = LENGTH(m);
        if (lengths && length != lengths[m]) FAIL(LENGTH_OUT_OF_RANGE);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        const VF value = F(total[i]);
        const int runs = step < length;
        VSTORE(runs ? value : VLOAD(h + at), next + at);
        if (y) VSTORE(runs ? value : (VF)(0.0f), y + Y(runs ? t : step, m) + unit);
      }
    }
    BARRIER
  }
  if (last) {
    FOR_EACH(i, M * H) last[LAST(i / H) + i % H] = hidden[L % 2 * M * H + i];
  }
}
#undef LENGTH
