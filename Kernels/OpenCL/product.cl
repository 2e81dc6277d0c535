// Matrix products, one after another:
//
//     Y[b, r, c] = ACTIVATE(ALPHA · Σ_k A[A_BATCH(b) + A_ROW(r) + k · A_COLUMN]
//                                       · B[B_BATCH(b) + k · B_ROW + c · B_COLUMN] + bias[c]
//                           + BETA · C[r · C_ROW + c · C_COLUMN])
//     b < BATCH, r < ROWS, c < N, k < K; Y is dense
//
// VW is 1 unless B_COLUMN is 1. RT: rows, CT: vectors of columns of a tile; RT <= ROWS, CT · VW <= N.
// ACTIVATE(v, c): what is done to the VW results from column c on; `slope` is its operand.
// HAS_BIAS, HAS_C: absent operands are 0. ALPHA is 1 where there is a bias. Int8: B is one matrix, scales
// [N] its columns'.
// Order: k in segments of SEGMENT, the first from the bias on, each term by fma; segments in order.
void NAME(
    S0 const float *restrict a, S1 const WEIGHT *restrict w, S2 const float *restrict bias,
    S3 const float *restrict other, S4 const float *restrict slope,
    S5 const float *restrict scales, S6 float *restrict y) {
  for (int b = 0; b < BATCH; b++) {
    S0 const float *left = a + A_BATCH(b);
    S1 const WEIGHT *right = w + B_BATCH(b);
    FOR_TILES(row, RT, ROWS, column, CT * VW, N) {
      VF total[RT][CT];
      VP sum[RT][CT];
      float inverse[RT], scale[RT];
      for (int r = 0; r < RT; r++) {
        inverse[r] = scale[r] = 1.0f;
        FIND_SCALES(r, K, left[A_ROW(row + r) + k * A_COLUMN])
        for (int j = 0; j < CT; j++) {
#if HAS_BIAS
          total[r][j] = VLOAD(bias + column + j * VW);
#else
          total[r][j] = (VF)(0.0f);
#endif
        }
      }
      for (int first = 0; first == 0 || first < K; first += SEGMENT) {
        for (int r = 0; r < RT; r++) {
          for (int j = 0; j < CT; j++) sum[r][j] = SEGMENT_START(first, total[r][j], sum[r][j]);
        }
        for (int k = first; k < min(first + SEGMENT, K); k++) {
          VP term[CT];
          for (int j = 0; j < CT; j++) {
            term[j] = WEIGHTS(right + k * B_ROW + (column + j * VW) * B_COLUMN);
          }
          for (int r = 0; r < RT; r++) {
            const VP factor = (VP)(FACTOR1(left[A_ROW(row + r) + k * A_COLUMN], inverse[r]));
            for (int j = 0; j < CT; j++) sum[r][j] = TERM(term[j], factor, sum[r][j]);
          }
        }
        for (int r = 0; r < RT; r++) {
          for (int j = 0; j < CT; j++) {
            total[r][j] = SEGMENT_END(first, total[r][j], sum[r][j]);
          }
        }
      }
      for (int r = 0; r < RT; r++) {
        for (int j = 0; j < CT; j++) {
          const int c = column + j * VW;
          const VF all =
              SCALED(total[r][j], sum[r][j], VLOAD(scales + c) * (VF)(scale[r]));
          VF v = all * (VF)(ALPHA);
#if HAS_C
#if VW == 1
          v = fma(BETA, other[(row + r) * C_ROW + c * C_COLUMN], v);
#elif C_COLUMN == 0
          v = fma((VF)(BETA), (VF)(other[(row + r) * C_ROW]), v);
#else
          v = fma((VF)(BETA), VLOAD(other + (row + r) * C_ROW + c), v);
#endif
#endif
          VSTORE(ACTIVATE(v, c), y + (b * ROWS + row + r) * N + c);
        }
      }
    }
  }
}
