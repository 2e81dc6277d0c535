// Normalisation of float32; means and variances are taken in double, in row-major order.
//
//     layer    y = (x − mean) / √(variance + ε) · scale + bias      over rows of `length`
//     group    likewise over the channels of one group and all spatial positions of X
//              [batch, channels, spatial]; scale and bias by channel, or by group
//     batch    y = (x − mean_c) / √(variance_c + ε) · scale_c + bias_c with given statistics
#include "kernel.h"

typedef struct {
  double mean, inverse_deviation;
} statistics;

static statistics measure(const float *x, int64_t count, float epsilon) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < count; i++) sum += x[i];
  const double mean = sum / (double)count;
  for (int64_t i = 0; i < count; i++) squares += (x[i] - mean) * (x[i] - mean);
  return (statistics){mean, 1 / sqrt(squares / (double)count + (double)epsilon)};
}

int32_t sluice_layer_norm(const void *parameters, void *const *operands) {
  const sluice_layer_norm_parameters *p = parameters;
  const float *x = operands[0];
  const float *scale = operands[1];
  const float *bias = operands[2];
  float *y = operands[3];
  float *means = operands[4];
  float *deviations = operands[5];
  for (int64_t row = 0; row < p->rows; row++, x += p->length) {
    const statistics s = measure(x, p->length, p->epsilon);
    if (y) {
      for (int64_t i = 0; i < p->length; i++) {
        const double shift = bias ? bias[i] : 0;
        y[i] = (float)((x[i] - s.mean) * s.inverse_deviation * scale[i] + shift);
      }
      y += p->length;
    }
    if (means) means[row] = (float)s.mean;
    if (deviations) deviations[row] = (float)s.inverse_deviation;
  }
  return SLUICE_OK;
}

int32_t sluice_group_norm(const void *parameters, void *const *operands) {
  const sluice_group_norm_parameters *p = parameters;
  const float *x = operands[0];
  const float *scale = operands[1];
  const float *bias = operands[2];
  float *y = operands[3];
  const int64_t per_group = p->channels / p->groups;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t g = 0; g < p->groups; g++) {
      const statistics s = measure(x, per_group * p->spatial, p->epsilon);
      for (int64_t c = g * per_group; c < (g + 1) * per_group; c++) {
        const int64_t index = p->per_group ? g : c;
        const double factor = s.inverse_deviation * scale[index];
        for (int64_t i = 0; i < p->spatial; i++) {
          *y++ = (float)((*x++ - s.mean) * factor + bias[index]);
        }
      }
    }
  }
  return SLUICE_OK;
}

int32_t sluice_batch_norm(const void *parameters, void *const *operands) {
  const sluice_batch_norm_parameters *p = parameters;
  const float *x = operands[0];
  const float *scale = operands[1];
  const float *bias = operands[2];
  const float *mean = operands[3];
  const float *variance = operands[4];
  float *y = operands[5];
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t c = 0; c < p->channels; c++) {
      const float factor = (float)(scale[c] / sqrt((double)variance[c] + (double)p->epsilon));
      const float center = mean[c], shift = bias[c];
      for (int64_t i = 0; i < p->spatial; i++) y[i] = (x[i] - center) * factor + shift;
      x += p->spatial;
      y += p->spatial;
    }
  }
  return SLUICE_OK;
}
