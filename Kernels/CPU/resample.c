// Resampling, one axis after another (it is separable): with tables of `taps` indices and weights
// per output position, made when the plan is prepared from the coordinates of ONNX `Resize`,
//
//     y[o, j, i] = Σ_t weight[j, t] · x[o, index[j, t], i]       summed in double, in order of t
//
// (an index of −1 ends the list early) covers linear, cubic and antialiased resizing. Nearest neighbours are table copies (copy.c).
#include "kernel.h"

int32_t sluice_resample(const void *parameters, void *const *operands) {
  const sluice_resample_parameters *p = parameters;
  const float *x = operands[0];
  const int64_t *indices = operands[1];
  const double *weights = operands[2];
  float *y = operands[3];
  for (int64_t o = 0; o < p->outer; o++, x += p->input * p->inner) {
    for (int64_t j = 0; j < p->output; j++, y += p->inner) {
      for (int64_t i = 0; i < p->inner; i++) {
        double sum = 0;
        for (int64_t t = j * p->taps; t < (j + 1) * p->taps && indices[t] >= 0; t++) {
          sum += weights[t] * x[indices[t] * p->inner + i];
        }
        y[i] = (float)sum;
      }
    }
  }
  return SLUICE_OK;
}

int32_t sluice_extrapolate(const void *parameters, void *const *operands) {
  const sluice_extrapolate_parameters *p = parameters;
  float *y = operands[0];
  const uint8_t *flags = operands[1];
  for (int64_t o = 0; o < p->outer; o++) {
    for (int64_t j = 0; j < p->output; j++, y += p->inner) {
      if (!flags[j]) continue;
      for (int64_t i = 0; i < p->inner; i++) y[i] = p->value;
    }
  }
  return SLUICE_OK;
}
