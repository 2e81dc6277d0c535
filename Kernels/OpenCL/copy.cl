// A box of elements copied, or filled with one value:
//
//     y[TARGET(row) + i · Y_STEP] = x[SOURCE(row) + i · X_STEP]        row < ROWS, i < N
//
// T: an unsigned type of the element's size. VW is 1 unless both steps are 1 (of a fill Y_STEP).
// FILL: defined where there is no x: the value's bits.
void NAME(
#ifndef FILL
    S0 const T *restrict x, S1 T *restrict y
#else
    S0 T *restrict y
#endif
) {
  FOR_TILES(row, 1, ROWS, i, VW, N) {
#ifdef FILL
    const CAT(T, VW) value = (CAT(T, VW))(FILL);
#elif VW == 1
    const T value = x[SOURCE(row) + i * X_STEP];
#else
    const CAT(T, VW) value = VLOAD(x + SOURCE(row) + i);
#endif
#if VW == 1
    y[TARGET(row) + i * Y_STEP] = value;
#else
    VSTORE(value, y + TARGET(row) + i);
#endif
  }
}
