// Layer normalisation of ROWS rows of LENGTH:
//
//     y = ((x − mean) · (1 / √(variance + EPSILON))) · scale + bias
//
// scale: [LENGTH]; bias likewise or absent; y, mean: [ROWS] and deviation: [ROWS], 1 / √…, may be absent.
// Mean, variance and the centred and scaled element in ACC, what follows in float, never fused.
// Order: lanes.cl.
void NAME(
    S0 const float *restrict x, S1 const float *restrict scale, S2 const float *restrict bias,
    S3 float *restrict y, S4 float *restrict means, S5 float *restrict deviations) {
  FOR_EACH(row, ROWS) {
    S0 const float *from = x + row * LENGTH;
    ACC mean, deviation;
    MEASURE(from, LENGTH, EPSILON, mean, deviation)
    if (means) means[row] = (float)mean;
    if (deviations) deviations[row] = (float)deviation;
    if (!y) continue;
    for (int i = 0; i < LENGTH; i += LANES) {
      float16 value, factor, shift;
      ROW_OF(value, from, i, LENGTH, 0.0f)
      value = convert_float16((WIDE_ROW(value) - (VLANES)(mean)) * (VLANES)(deviation));
      ROW_OF(factor, scale, i, LENGTH, 0.0f)
      value = value * factor;
      if (bias) {
        ROW_OF(shift, bias, i, LENGTH, 0.0f)
        value = value + shift;
      }
      STORE_ROW(value, y + row * LENGTH, i, LENGTH)
    }
  }
}
