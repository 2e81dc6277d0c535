// Matrix products of integers or doubles, one work-item an output:
//
//     Y[b, r, c] = FINISH(Σ_k A[A_BATCH(b) + A_ROW(r) + k · A_COLUMN] · B[B_BATCH(b) + k · B_ROW + c · B_COLUMN],
//                         C[r · C_ROW + c · C_COLUMN])
//     b < BATCH, r < ROWS, c < N, k < K; Y is dense
//
// T: the element type. TS: the type of sums: ulong for integers, which wrap around, or double.
// FINISH(sum, other): the result; other is 0 where C is absent.
// Order: one sum per output, k in order, products and sums rounded one after the other.
void NAME(
    S0 const T *restrict a, S1 const T *restrict w, S2 const T *restrict other,
    S3 T *restrict y) {
  FOR_EACH(i, BATCH * ROWS * N) {
    const int b = i / N / ROWS, r = i / N % ROWS, c = i % N;
    S0 const T *left = a + A_BATCH(b) + A_ROW(r);
    S1 const T *right = w + B_BATCH(b) + c * B_COLUMN;
    TS sum = 0;
    for (int k = 0; k < K; k++) sum += (TS)left[k * A_COLUMN] * (TS)right[k * B_ROW];
    const T extra = other ? other[r * C_ROW + c * C_COLUMN] : (T)0;
    y[i] = FINISH(sum, extra);
  }
}
