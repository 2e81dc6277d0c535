// The largest magnitude of a convolution's input, for its quantisation at int8, as the bits of a float:
//
//     y[n] = max_i |x[n · X_N + AT(i)]|      n < BATCH, i < N
//
// NaN counts as larger than any number.
void NAME(S0 const float *restrict x, S1 int *restrict y) {
  FOR_EACH(n, BATCH) y[n] = 0;
  BARRIER
  for (int n = 0; n < BATCH; n++) {
    int own = 0;
    FOR_EACH(i, N) own = max(own, MAGNITUDE(x[n * X_N + AT(i)]));
#if LSZ == 1
    y[n] = own;
#else
    atomic_max(y + n, own);
#endif
  }
}
