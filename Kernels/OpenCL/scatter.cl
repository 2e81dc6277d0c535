// y = x; then for each row r of the indices, in order,
//
//     y[start(r) + i] = COMBINE(y[start(r) + i], updates[r, i])        r < ROWS, i < LENGTH
//     start(r) = Σ_d index[r, d] · STRIDE(d)                            d < DEPTH
//
// An index counts from the end if negative; outside −SIZE(d) ..< SIZE(d) the step is refused. N: elements of
// x. T: the element type (of its size, unsigned, where COMBINE replaces), TI: int or long.
// A slice's elements are one work-item's each, through all rows, so that they stay in order.
void NAME(
    S0 const T *restrict x, S1 const TI *restrict indices, S2 const T *restrict updates,
    S3 T *restrict y, STATUS) {
  FOR_EACH(i, N) y[i] = x[i];
  BARRIER
  FOR_EACH(i, LENGTH) {
    for (int row = 0; row < ROWS; row++) {
      int start = 0, inside = 1;
      for (int d = 0; d < DEPTH; d++) {
        TI at = indices[row * DEPTH + d];
        if (at < 0) at += SIZE(d);
        inside = inside && at >= 0 && at < SIZE(d);
        start += inside ? (int)at * STRIDE(d) : 0;
      }
      if (!inside) {
        FAIL(INDEX_OUT_OF_RANGE);
        continue;
      }
      const T a = y[start + i], b = updates[row * LENGTH + i];
      y[start + i] = (T)(COMBINE(a, b));
    }
  }
}
