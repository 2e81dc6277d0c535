// The words of a recurrence whose L steps are launches that follow each other, each over all rows of its
// streams: where the cell of a wide launch (wide.cl, matrix_cells.cl) finds and leaves its values in one
// step, once the input product of all steps is there.
//
//     h(0) = H_FIRST    c(0) = C_FIRST    h(i + 1), c(i + 1) = cell(x(TIME), h(i), c(i))    0 <= i < L
//
// STEP: i, the launch's offset in the third dimension. TIME: i, or L - 1 - i where BACKWARD.
// Row `r` of a launch is row r % EACH_STREAM of its stream `s`, an entry of the list. The stream's first
// rows, float pointers into the launch's buffers: X_ALL(s, r) [L, EACH_STREAM] rows X_STEP apart,
// H_FIRST, C_FIRST [EACH_STREAM] rows H_FIRST_STEP and C_FIRST_STEP apart; Y_ALL [L] times Y_STEP apart,
// [EACH_STREAM, N] each; H_ALL, C_ALL [2, EACH_STREAM, N], what odd and even steps leave to the next one.
// LAST_ALL, LAST_C_ALL [EACH_STREAM, N]: where the last step leaves it, or absent.
#define STEP ((int)get_global_offset(2))
#define TIME (BACKWARD ? L - 1 - STEP : STEP)
#define OWN_ROW(r) ((r) % EACH_STREAM)
#define HELD(i, r) (((i) % 2 * EACH_STREAM + OWN_ROW(r)) * N)

#define X_NOW(s, r) (X_ALL(s, r) + (TIME * EACH_STREAM + OWN_ROW(r)) * X_STEP)
#define Y_NOW(s, r) (Y_ALL(s, r) + TIME * Y_STEP + OWN_ROW(r) * N)
#define H_NOW(s, r) \
  (STEP ? H_ALL(s, r) + HELD(STEP, r) : H_FIRST(s, r) + OWN_ROW(r) * H_FIRST_STEP)
#define C_NOW(s, r) \
  (STEP ? C_ALL(s, r) + HELD(STEP, r) : C_FIRST(s, r) + OWN_ROW(r) * C_FIRST_STEP)
#ifdef LAST_ALL
#define H_NEXT(s, r) \
  (STEP == L - 1 ? LAST_ALL(s, r) + OWN_ROW(r) * N : H_ALL(s, r) + HELD(STEP + 1, r))
#else
#define H_NEXT(s, r) (H_ALL(s, r) + HELD(STEP + 1, r))
#endif
#ifdef LAST_C_ALL
#define C_NEXT(s, r) \
  (STEP == L - 1 ? LAST_C_ALL(s, r) + OWN_ROW(r) * N : C_ALL(s, r) + HELD(STEP + 1, r))
#else
#define C_NEXT(s, r) (C_ALL(s, r) + HELD(STEP + 1, r))
#endif
