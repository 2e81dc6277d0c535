// What is done with the sums of a unit of one stream, two neighbouring units at a time. CELL:
//
//     GRU_AFTER    r = F(s0)  z = F(s1)  n = G(s2 + r ⊙ s3)  h' = z ⊙ h + (1 − z) ⊙ n
//                  s2 = W_n x + b_n, s3 = U_n h + c_n; s0, s1 over both rows
//     GRU_GATES    r = F(s0)  z = F(s1); reset = r ⊙ h, update = z   (resets before, launch 1)
//     GRU_STATE    n = G(s0), second row `reset`; h' as above from `update`  (launch 2)
//     LSTM         i = F(s0 + p_0 ⊙ c)  f = F(s1 + p_1 ⊙ c), or 1 − i where COUPLED
//                  c' = f ⊙ c + i ⊙ G(s2)  o = F(s3 + p_2 ⊙ c')  h' = o ⊙ OUT(c')
//     RNN          h' = F(s0)
//     PRODUCT      y = ACTIVATE(s0, unit)
//
// N: units, outputs of a PRODUCT. What belongs to row `r` of a launch and `s`, its stream's entry of the
// list, float pointers into the launch's buffers: FIRST_ROW(s, r), SECOND_ROW(s, r), K1 and K2
// factors long; H_ROW, C_ROW the states; NEXT_ROW, C_NEXT_ROW what they become; Y_ROW h' or y once
// more; RESET_ROW, UPDATE_ROW. Without Y_ROW, NEXT_ROW or C_NEXT_ROW nothing is stored there.
// X_ROW: [GATES][N], where the first product was taken before: what its sums came to (K1 is 0 then), the
// same bits; absent otherwise.
// BIAS: [SUMS][N] floats, b + c, or absent; of GRU_AFTER b + c, b + c, b, c. PEEPHOLES: [3][N] or
// absent. F(v), G(v), OUT(v), ACTIVATE(v, c): of float2.
// Written before: matrix.cl, matrix_layout.cl.
#define PAIRED (ALIGNED && N % 2 == 0)

/// Values `unit` and `unit + 1` of a row; 0 beyond its end.
static inline float2 pair_at(__global const float *row, int unit) {
  if (PAIRED) return *(__global const float2 *)(row + unit);
  return (float2)(row[unit], unit + 1 < N ? row[unit + 1] : 0.0f);
}

static inline void store_pair(float2 pair, __global float *row, int unit) {
  if (PAIRED) {
    *(__global float2 *)(row + unit) = pair;
  } else {
    row[unit] = pair.x;
    if (unit + 1 < N) row[unit + 1] = pair.y;
  }
}

/// What the sums of `unit` and `unit + 1` of a row begin with.
static inline float2 first_sum(ROW_PARAMETERS, const int4 stream, int row, int sum, int unit) {
  if (unit >= N) return (float2)(0.0f);
#ifdef X_ROW
  if (sum < GATES) return pair_at(X_ROW(stream, row) + sum * N, unit);
#endif
#ifdef BIAS
  __global const float *bias = BIAS + sum * N;
  return (float2)(bias[unit], unit + 1 < N ? bias[unit + 1] : 0.0f);
#else
  return (float2)(0.0f);
#endif
}

#ifdef PEEPHOLES
#define PEEPHOLE(gate, i) (unit + (i) < N ? (PEEPHOLES)[(gate) * N + unit + (i)] : 0.0f)
#define PEEP(gate, cell, sum) fma((float2)(PEEPHOLE(gate, 0), PEEPHOLE(gate, 1)), cell, sum)
#else
#define PEEP(gate, cell, sum) (sum)
#endif

/// `row` of all that a launch has.
static inline void update(ROW_PARAMETERS, const int4 stream, int row, int unit, const float2 *s) {
  if (unit >= N) return;
#if CELL == GRU_GATES
  store_pair(F(s[0]) * pair_at(H_ROW(stream, row), unit), RESET_ROW(stream, row), unit);
  store_pair(F(s[1]), UPDATE_ROW(stream, row), unit);
#else
#if CELL == GRU_AFTER
  const float2 z = F(s[1]), n = G(fma(F(s[0]), s[3], s[2]));
  const float2 y = fma(z, pair_at(H_ROW(stream, row), unit), (1.0f - z) * n);
#elif CELL == GRU_STATE
  const float2 z = pair_at(UPDATE_ROW(stream, row), unit), n = G(s[0]);
  const float2 y = fma(z, pair_at(H_ROW(stream, row), unit), (1.0f - z) * n);
#elif CELL == LSTM
  const float2 old = pair_at(C_ROW(stream, row), unit);
  const float2 in = F(PEEP(0, old, s[0]));
  const float2 forget = COUPLED ? 1.0f - in : F(PEEP(1, old, s[1]));
  const float2 cell = fma(forget, old, in * G(s[2]));
  const float2 y = F(PEEP(2, cell, s[3])) * OUT(cell);
#ifdef C_NEXT_ROW
  store_pair(cell, C_NEXT_ROW(stream, row), unit);
#endif
#elif CELL == RNN
  const float2 y = F(s[0]);
#else
  const float2 y = ACTIVATE(s[0], unit);
#endif
#ifdef NEXT_ROW
  store_pair(y, NEXT_ROW(stream, row), unit);
#endif
#ifdef Y_ROW
  store_pair(y, Y_ROW(stream, row), unit);
#endif
#endif
}
