// Elements by a table of positions, the fill where an entry is negative: pads and nearest neighbours.
//
//     y[i] = table[i] < 0 ? fill[0] : x[table[i]]        i < N
//
// T: an unsigned type of the element's size. fill is absent where it is 0.
void NAME(
    S0 const T *restrict x, S1 const int *restrict table, S2 const T *restrict fill,
    S3 T *restrict y) {
  const T other = fill ? fill[0] : (T)0;
  FOR_EACH(i, N) {
    const int from = table[i];
    y[i] = from < 0 ? other : x[from];
  }
}
