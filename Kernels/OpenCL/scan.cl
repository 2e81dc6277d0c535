// Sums so far along an axis that is read in the step:
//
//     y_i = Σ_{j ≤ i} x_j along axis axes[0] of SIZES, or j < i (EXCLUSIVE), or from the end (REVERSE)
//
// RANK: numbers in SIZES; TOTAL: their product. T: the element type, TA: the axis's, TS: that of sums, each
// rounded once. One work-item a line; order.cl has the form for an axis that is known before.
void NAME(S0 const T *restrict x, S1 const TA *restrict axes, S2 T *restrict y, STATUS) {
  const int sizes[RANK] = SIZES;
  const int axis = axes[0] < 0 ? (int)axes[0] + RANK : (int)axes[0];
  if (axis < 0 || axis >= RANK) {
    FAIL(INDEX_OUT_OF_RANGE);
    return;
  }
  int inner = 1;
  for (int d = axis + 1; d < RANK; d++) inner *= sizes[d];
  FOR_EACH(line, TOTAL / sizes[axis]) {
    const int start = line / inner * sizes[axis] * inner + line % inner;
    TS sum = 0;
    for (int i = 0; i < sizes[axis]; i++) {
      const int at = start + (REVERSE ? sizes[axis] - 1 - i : i) * inner;
      const TS next = sum + (TS)x[at];
      y[at] = (T)(EXCLUSIVE ? sum : next);
      sum = next;
    }
  }
}
