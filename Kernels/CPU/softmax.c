// Over each line of x (`length` elements, `inner` apart), m its maximum:
//
//     softmax      y = e^(x − m) / Σ e^(x − m)
//     logSoftmax   y = x − m − log Σ e^(x − m)
//
// The sum is taken in double, in order of the line.
#include "kernel.h"

static float line_maximum(const float *x, int64_t length, int64_t step) {
  float top = -INFINITY;
  for (int64_t i = 0; i < length; i++) {
    const float value = x[i * step];
    if (value > top || value != value) top = value;
    if (top != top) break;
  }
  return top;
}

int32_t sluice_softmax(const void *parameters, void *const *operands) {
  const sluice_lines_parameters *p = parameters;
  const float *input = operands[0];
  float *output = operands[1];
  for (int64_t line = 0; line < p->outer * p->inner; line++) {
    const int64_t start = line / p->inner * p->length * p->inner + line % p->inner;
    const float *x = input + start;
    float *y = output + start;
    const float top = line_maximum(x, p->length, p->inner);
    double sum = 0;
    for (int64_t i = 0; i < p->length; i++) {
      const float value = expf(x[i * p->inner] - top);
      y[i * p->inner] = value;
      sum += value;
    }
    for (int64_t i = 0; i < p->length; i++) {
      y[i * p->inner] = (float)(y[i * p->inner] / sum);
    }
  }
  return SLUICE_OK;
}

int32_t sluice_log_softmax(const void *parameters, void *const *operands) {
  const sluice_lines_parameters *p = parameters;
  const float *input = operands[0];
  float *output = operands[1];
  for (int64_t line = 0; line < p->outer * p->inner; line++) {
    const int64_t start = line / p->inner * p->length * p->inner + line % p->inner;
    const float *x = input + start;
    const float top = line_maximum(x, p->length, p->inner);
    double sum = 0;
    for (int64_t i = 0; i < p->length; i++) sum += expf(x[i * p->inner] - top);
    const double logarithm = log(sum);
    for (int64_t i = 0; i < p->length; i++) {
      output[start + i * p->inner] = (float)((double)(x[i * p->inner] - top) - logarithm);
    }
  }
  return SLUICE_OK;
}
