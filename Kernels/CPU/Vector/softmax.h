// Over each line of x (`length` elements, `inner` apart), m its maximum:
//
//     softmax      y = e^(x − m) · (1 / Σ e^(x − m))
//     logSoftmax   y = x − m − log Σ e^(x − m)
//
// Where elements lie together, vectors run along the line and the sum is 16 lanes of doubles
// (lanes.h); else they run across lines, and each line's sum is one double, in order of the line. The
// last product or difference is taken in double and rounded once.
#ifndef SLUICE_SOFTMAX_H
#define SLUICE_SOFTMAX_H

#include "lanes.h"
#include "math.h"

V_INLINE v_floats v_exp_row(v_floats row, float top) {
  for (int i = 0; i < V_PARTS; i++) row.v[i] = v_exp(row.v[i] - top);
  return row;
}

/// Writes e^(x − top) where y is there; returns their sum.
static double v_exponentials(const float *x, float top, float *y, int64_t count) {
  v_lanes sum = v_lanes_of(0);
  int64_t i = 0;
  for (; i + V_LANES <= count; i += V_LANES) {
    const v_floats row = v_exp_row(v_load_row(x + i), top);
    for (int j = 0; y && j < V_PARTS; j++) v_store(y + i + j * SLUICE_WIDTH, row.v[j]);
    sum = v_lanes_add(sum, v_widen(row));
  }
  if (i < count) {
    // Lanes behind the line hold e^−inf = 0, unless the top is infinite, and then all is NaN anyway.
    const v_floats row = v_exp_row(v_load_row_part(x + i, count - i, -INFINITY), top);
    if (y) v_store_row_part(y + i, row, count - i);
    sum = v_lanes_add(sum, v_widen(row));
  }
  return v_lanes_total(sum);
}

/// y = x · factor − shift in double.
static void v_finish_line(
    const float *x, float top, double factor, double shift, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i += V_LANES) {
    const int64_t n = count - i < V_LANES ? count - i : V_LANES;
    v_floats row = n == V_LANES ? v_load_row(x + i) : v_load_row_part(x + i, n, 0);
    for (int j = 0; j < V_PARTS; j++) row.v[j] = row.v[j] - top;
    v_lanes value = v_lanes_multiply(v_widen(row), v_lanes_of(factor));
    value = v_lanes_subtract(value, v_lanes_of(shift));
    v_store_row_part(y + i, v_narrow(value), n);
  }
}

/// n ≤ SLUICE_WIDTH lines beside each other.
static void v_softmax_across(
    const float *x, float *y, int64_t length, int64_t step, int64_t n, int logarithm) {
  vf top = v_set(-INFINITY);
  vd low = (vd)0.0, high = (vd)0.0;
  for (int64_t i = 0; i < length; i++) {
    const vf value = v_load_part(x + i * step, n);
    top = v_select((top > value) | (top == value) | (top != top), top, value);
  }
  for (int64_t i = 0; i < length; i++) {
    const vf power = v_exp(v_load_part(x + i * step, n) - top);
    if (!logarithm) v_store_part(y + i * step, power, n);
    low += d_from(power.lo);
    high += d_from(power.hi);
  }
  double sums[SLUICE_WIDTH];
  memcpy(sums, &low, sizeof low);
  memcpy(sums + SLUICE_WIDTH / 2, &high, sizeof high);
  for (int64_t i = 0; i < n; i++) sums[i] = logarithm ? log(sums[i]) : 1 / sums[i];
  memcpy(&low, sums, sizeof low);
  memcpy(&high, sums + SLUICE_WIDTH / 2, sizeof high);
  for (int64_t i = 0; i < length; i++) {
    vf value = v_load_part((logarithm ? x : y) + i * step, n);
    if (logarithm) value = value - top;
    vf result;
    result.lo = d_round(logarithm ? d_from(value.lo) - low : d_from(value.lo) * low);
    result.hi = d_round(logarithm ? d_from(value.hi) - high : d_from(value.hi) * high);
    v_store_part(y + i * step, result, n);
  }
}

static void v_softmax_lines(
    const sluice_lines_parameters *p, const float *x, float *y, int logarithm) {
  for (int64_t line = 0; line < p->outer; line++, x += p->length * p->inner, y += p->length * p->inner) {
    if (p->inner == 1) {
      const float top = v_extreme(x, p->length, 1);
      const double sum = v_exponentials(x, top, logarithm ? NULL : y, p->length);
      v_finish_line(
          logarithm ? x : y, logarithm ? top : 0, logarithm ? 1 : 1 / sum,
          logarithm ? log(sum) : 0, y, p->length);
      continue;
    }
    for (int64_t i = 0; i < p->inner; i += SLUICE_WIDTH) {
      const int64_t n = p->inner - i < SLUICE_WIDTH ? p->inner - i : SLUICE_WIDTH;
      v_softmax_across(x + i, y + i, p->length, p->inner, n, logarithm);
    }
  }
}

static int32_t v_softmax(const void *parameters, void *const *operands) {
  v_softmax_lines(parameters, operands[0], operands[1], 0);
  return SLUICE_OK;
}

static int32_t v_log_softmax(const void *parameters, void *const *operands) {
  v_softmax_lines(parameters, operands[0], operands[1], 1);
  return SLUICE_OK;
}

#endif
