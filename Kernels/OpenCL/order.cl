// What depends on order along lines of LENGTH elements, INNER apart, OUTER · INNER of them; one work-item
// a line. T: the element type.
//
//     CUMULATIVE   y_i = Σ_{j ≤ i} x_j, or j < i (EXCLUSIVE), or from the end (REVERSE); sums in TS, each
//                  rounded once
//     ARG_MAX      the position of the first (SELECT_LAST: the last) of equal maxima; NaN is the greatest
//     TOP_K        the K best with their positions, LARGEST or smallest first, ties by lower position; NaN
//                  is the greatest; values or positions may be absent
#define GREATER(a, b) ((a) > (b) || ((a) != (a) && (b) == (b)))
#define START(line) ((line) / INNER * LENGTH * INNER + (line) % INNER)

#ifdef CUMULATIVE
void NAME(S0 const T *restrict x, S1 T *restrict y) {
  FOR_EACH(line, OUTER * INNER) {
    TS sum = 0;
    for (int i = 0; i < LENGTH; i++) {
      const int at = START(line) + (REVERSE ? LENGTH - 1 - i : i) * INNER;
      const TS next = sum + (TS)x[at];
      y[at] = (T)(EXCLUSIVE ? sum : next);
      sum = next;
    }
  }
}
#endif

#ifdef ARG_MAX
void NAME(S0 const T *restrict x, S1 long *restrict y) {
  FOR_EACH(line, OUTER * INNER) {
    S0 const T *values = x + START(line);
    int best = 0;
    for (int i = 1; i < LENGTH; i++) {
      const T value = values[i * INNER], top = values[best * INNER];
      if (GREATER(value, top) || (SELECT_LAST && value == top)) best = i;
    }
    y[line] = best;
  }
}
#endif

#ifdef TOP_K
/// Whether position a comes before b: a's value is better, or equal and earlier.
#define PRECEDES(a, b) \
  (GREATER(values[(a) * INNER], values[(b) * INNER]) ? LARGEST \
   : GREATER(values[(b) * INNER], values[(a) * INNER]) ? !LARGEST : (a) < (b))

void NAME(S0 const T *restrict x, S1 T *restrict y, S2 long *restrict positions) {
  FOR_EACH(line, OUTER * INNER) {
    S0 const T *values = x + START(line);
    const int target = line / INNER * K * INNER + line % INNER;
    int last = -1;
    for (int rank = 0; rank < K; rank++) {
      int best = -1;
      for (int i = 0; i < LENGTH; i++) {
        if (last >= 0 && !PRECEDES(last, i)) continue;
        if (best < 0 || PRECEDES(i, best)) best = i;
      }
      if (y) y[target + rank * INNER] = values[best * INNER];
      if (positions) positions[target + rank * INNER] = best;
      last = best;
    }
  }
}
#undef PRECEDES
#endif
#undef GREATER
#undef START
