// A step of a recurrence once the input product x and the product s = U h are there, two
// neighbouring units of one stream at a time:
//
//     GRU_AFTER   r = F(x_r + U_r h)  z = F(x_z + U_z h)  n = G(x_n + r ⊙ (c_n + U_n h))
//                 h' = z ⊙ h + (1 − z) ⊙ n
//     LSTM        i = F(x_i + U_i h)  f = F(x_f + U_f h)  g = G(x_g + U_g h)  o = F(x_o + U_o h)
//                 c' = f ⊙ c + i ⊙ g  h' = o ⊙ OUT(c')
//     RNN         h' = F(x + U h)
//
// A stream has M rows (1 if not given), so `row` of a launch is row % M of the stream at place row /
// M. Step i is that of time TIME(i): L - 1 - i where BACKWARD.
// X_ROW(s, p): floats [L][M][GATES][H]; INITIAL_ROW, INITIAL_CELL_ROW: [M], INITIAL_STEP and
// INITIAL_CELL_STEP floats apart; LAST_ROW, LAST_CELL_ROW: [M][H]; Y_ROW: [L][M][H], times Y_STEP
// floats apart. All may be absent but X_ROW. CANDIDATE_BIAS: c_n, or absent. F(v), G(v), OUT(v): of
// float2. Written before: matrix_layout.cl.
#ifndef M
#define M 1
#endif
#if defined(BACKWARD) && BACKWARD
#define TIME(step) (L - 1 - (int)(step))
#else
#define TIME(step) ((int)(step))
#endif
#if CELL == LSTM
#define HAS_CELL 1
#else
#define HAS_CELL 0
#endif

/// h' of two units from their sums over U; `x` of the step, `state` h and c.
static inline float2 advance(__global const uchar *constants, const float2 *x, const float2 *s,
                             float2 *state, int unit) {
#if CELL == GRU_AFTER
  float2 candidate = s[2];
#ifdef CANDIDATE_BIAS
  candidate += (float2)((CANDIDATE_BIAS)[unit], (CANDIDATE_BIAS)[unit + 1]);
#endif
  const float2 z = F(x[1] + s[1]), n = G(fma(F(x[0] + s[0]), candidate, x[2]));
  return state[0] = fma(z, state[0], (1.0f - z) * n);
#elif CELL == LSTM
  const float2 in = F(x[0] + s[0]) * G(x[2] + s[2]);
  state[1] = fma(F(x[1] + s[1]), state[1], in);
  return state[0] = F(x[3] + s[3]) * OUT(state[1]);
#else
  return state[0] = F(x[0] + s[0]);
#endif
}

/// The input products of a step.
static inline __global const float *inputs_of(ROW_PARAMETERS, const int4 stream, int row,
                                              uint step) {
  return X_ROW(stream, row / M) + (TIME(step) * M + row % M) * (GATES * H);
}

/// What the state of units `unit` and `unit + 1` begins with.
static inline void begin(ROW_PARAMETERS, const int4 stream, int row, int unit, float2 *state) {
  for (int i = 0; i <= HAS_CELL; i++) state[i] = (float2)(0.0f);
#ifdef INITIAL_ROW
  state[0] = vload2(0, INITIAL_ROW(stream, row / M) + row % M * INITIAL_STEP + unit);
#endif
#if HAS_CELL && defined(INITIAL_CELL_ROW)
  state[1] = vload2(0, INITIAL_CELL_ROW(stream, row / M) + row % M * INITIAL_CELL_STEP + unit);
#endif
}

/// Puts the state after `step` where it is wanted.
static inline void deliver(ROW_PARAMETERS, const int4 stream, int row, int unit, uint step,
                           const float2 *state) {
  const int at = row % M * H + unit;
#ifdef Y_ROW
  vstore2(state[0], 0, Y_ROW(stream, row / M) + TIME(step) * (Y_STEP) + at);
#endif
#ifdef LAST_ROW
  if (step == L - 1) vstore2(state[0], 0, LAST_ROW(stream, row / M) + at);
#endif
#if HAS_CELL && defined(LAST_CELL_ROW)
  if (step == L - 1) vstore2(state[1], 0, LAST_CELL_ROW(stream, row / M) + at);
#endif
}
