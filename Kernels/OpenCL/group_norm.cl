// Group and instance normalisation of x [BATCH, CHANNELS, SPATIAL] over GROUPS groups of channels:
//
//     y = (x − mean) · (scale / √(variance + EPSILON)) + bias      all of it in ACC, rounded once
//
// scale and bias: [CHANNELS], or [GROUPS] with PER_GROUP.
// Order: lanes.cl.
#define GROUP_SIZE (CHANNELS / GROUPS * SPATIAL)

void NAME(
    S0 const float *restrict x, S1 const float *restrict scale, S2 const float *restrict bias,
    S3 float *restrict y) {
  FOR_EACH(group, BATCH * GROUPS) {
    S0 const float *from = x + group * GROUP_SIZE;
    S3 float *to = y + group * GROUP_SIZE;
    ACC mean, deviation;
    MEASURE(from, GROUP_SIZE, EPSILON, mean, deviation)
    for (int c = 0; c < CHANNELS / GROUPS; c++) {
      const int index = PER_GROUP ? group % GROUPS : group % GROUPS * (CHANNELS / GROUPS) + c;
      const ACC factor = deviation * (ACC)scale[index], shift = bias[index];
      for (int i = c * SPATIAL; i < (c + 1) * SPATIAL; i++) {
        to[i] = (float)(((ACC)from[i] - mean) * factor + shift);
      }
    }
  }
}
#undef GROUP_SIZE
