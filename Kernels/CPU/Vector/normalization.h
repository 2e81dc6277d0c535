// Normalisation of float32. Means and variances are 16 lanes of doubles (lanes.h); a centred and scaled
// element is computed in double and rounded to float, what follows it in float, never fused.
//
//     layer    y = ((x − mean) · (1 / √(variance + ε))) · scale + bias + residual   rows of `length`
//     group    y = (x − mean) · (scale / √(variance + ε)) + bias     over the channels of one group and
//              all positions of X [batch, channels, spatial]; scale and bias by channel, or by group
//     batch    y = (x − mean_c) · (scale_c / √(variance_c + ε)) + bias_c with given statistics, in float
#ifndef SLUICE_NORMALIZATION_H
#define SLUICE_NORMALIZATION_H

#include "lanes.h"

typedef struct {
  double mean, inverse_deviation;
} v_statistics;

static v_statistics v_measure(const float *x, int64_t count, float epsilon) {
  const double mean = v_sum(x, count) / (double)count;
  const double variance = v_sum_of_squares(x, count, mean) / (double)count;
  return (v_statistics){mean, 1 / sqrt(variance + (double)epsilon)};
}

/// 16 results, or the n that are left; absent operands are null.
V_INLINE void v_normalize_row(
    v_statistics s, const float *x, const float *scale, const float *bias, const float *residual,
    float *y, int64_t n) {
#define V_ROW(p) (n == V_LANES ? v_load_row(p) : v_load_row_part(p, n, 0))
  v_lanes value = v_lanes_subtract(v_widen(V_ROW(x)), v_lanes_of(s.mean));
  v_floats row = v_narrow(v_lanes_multiply(value, v_lanes_of(s.inverse_deviation)));
  if (scale) row = v_floats_multiply(row, V_ROW(scale));
  if (bias) row = v_floats_add(row, V_ROW(bias));
  if (residual) row = v_floats_add(row, V_ROW(residual));
#undef V_ROW
  if (n == V_LANES) {
    for (int i = 0; i < V_PARTS; i++) v_store(y + i * SLUICE_WIDTH, row.v[i]);
  } else {
    v_store_row_part(y, row, n);
  }
}

static int32_t v_layer_norm(const void *parameters, void *const *operands) {
  const sluice_layer_norm_parameters *p = parameters;
  const float *x = operands[0], *scale = operands[1], *bias = operands[2], *residual = operands[3];
  float *y = operands[4], *means = operands[5], *deviations = operands[6];
  const int64_t whole = p->length / V_LANES * V_LANES;
#define V_AT(p) (p ? p + i : NULL)
  for (int64_t row = 0; row < p->rows; row++, x += p->length) {
    const v_statistics s = v_measure(x, p->length, p->epsilon);
    if (means) means[row] = (float)s.mean;
    if (deviations) deviations[row] = (float)s.inverse_deviation;
    if (!y) continue;
    for (int64_t i = 0; i < whole; i += V_LANES) {
      v_normalize_row(s, x + i, V_AT(scale), V_AT(bias), V_AT(residual), y + i, V_LANES);
    }
    const int64_t i = whole;
    if (i < p->length) {
      v_normalize_row(s, x + i, V_AT(scale), V_AT(bias), V_AT(residual), y + i, p->length - i);
    }
    y += p->length;
    if (residual) residual += p->length;
  }
#undef V_AT
  return SLUICE_OK;
}

/// y = (x − mean) · factor + shift in double.
static void v_shift_and_scale(
    const float *x, double mean, double factor, double shift, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i += V_LANES) {
    const int64_t n = count - i < V_LANES ? count - i : V_LANES;
    const v_floats row = n == V_LANES ? v_load_row(x + i) : v_load_row_part(x + i, n, 0);
    v_lanes value = v_lanes_subtract(v_widen(row), v_lanes_of(mean));
    value = v_lanes_add(v_lanes_multiply(value, v_lanes_of(factor)), v_lanes_of(shift));
    v_store_row_part(y + i, v_narrow(value), n);
  }
}

static int32_t v_group_norm(const void *parameters, void *const *operands) {
  const sluice_group_norm_parameters *p = parameters;
  const float *x = operands[0], *scale = operands[1], *bias = operands[2];
  float *y = operands[3];
  const int64_t per_group = p->channels / p->groups;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t g = 0; g < p->groups; g++) {
      const v_statistics s = v_measure(x, per_group * p->spatial, p->epsilon);
      for (int64_t c = g * per_group; c < (g + 1) * per_group; c++) {
        const int64_t index = p->per_group ? g : c;
        const double factor = s.inverse_deviation * (double)scale[index];
        v_shift_and_scale(x, s.mean, factor, bias[index], y, p->spatial);
        x += p->spatial;
        y += p->spatial;
      }
    }
  }
  return SLUICE_OK;
}

static int32_t v_batch_norm(const void *parameters, void *const *operands) {
  const sluice_batch_norm_parameters *p = parameters;
  const float *x = operands[0], *scale = operands[1], *bias = operands[2], *mean = operands[3];
  const float *variance = operands[4];
  float *y = operands[5];
  for (int64_t plane = 0; plane < p->batch * p->channels; plane++) {
    const int64_t c = plane % p->channels;
    const float factor = (float)((double)scale[c] / sqrt((double)variance[c] + (double)p->epsilon));
    const float center = mean[c], shift = bias[c];
    for (int64_t i = 0; i < p->spatial; i += SLUICE_WIDTH) {
      const int64_t n = p->spatial - i < SLUICE_WIDTH ? p->spatial - i : SLUICE_WIDTH;
      const vf value = v_load_part(x + i, n);
      v_store_part(y + i, (value - center) * factor + shift, n);
    }
    x += p->spatial;
    y += p->spatial;
  }
  return SLUICE_OK;
}

#endif
