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

enum { SOFTMAX_LINES = 4 };

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

/// (x − top) · factor − shift, the product and the difference in double.
V_INLINE v_floats v_finish_row(v_floats row, float top, double factor, double shift) {
  for (int j = 0; j < V_PARTS; j++) row.v[j] = row.v[j] - top;
  const v_lanes value = v_lanes_multiply(v_widen(row), v_lanes_of(factor));
  return v_narrow(v_lanes_subtract(value, v_lanes_of(shift)));
}

static void v_finish_line(
    const float *x, float top, double factor, double shift, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i += V_LANES) {
    const int64_t n = count - i < V_LANES ? count - i : V_LANES;
    const v_floats row = n == V_LANES ? v_load_row(x + i) : v_load_row_part(x + i, n, 0);
    v_store_row_part(y + i, v_finish_row(row, top, factor, shift), n);
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

/// SOFTMAX_LINES dense lines of at most 16 elements, side by side so that none waits for another.
static void v_softmax_short(const float *x, float *y, int64_t length, int logarithm) {
  float tops[SOFTMAX_LINES];
  double sums[SOFTMAX_LINES];
  v_floats rows[SOFTMAX_LINES], powers[SOFTMAX_LINES];
#pragma clang loop unroll(full)
  for (int l = 0; l < SOFTMAX_LINES; l++) {
    rows[l] = v_load_row_part(x + l * length, length, -INFINITY);
    tops[l] = v_extreme_of_row(rows[l], 1);
  }
#pragma clang loop unroll(full)
  for (int l = 0; l < SOFTMAX_LINES; l++) {
    powers[l] = v_exp_row(rows[l], tops[l]);
    sums[l] = v_lanes_total(v_widen(powers[l]));
  }
#pragma clang loop unroll(full)
  for (int l = 0; l < SOFTMAX_LINES; l++) {
    const v_floats row = logarithm ? rows[l] : powers[l];
    const v_floats result = v_finish_row(
        row, logarithm ? tops[l] : 0, logarithm ? 1 : 1 / sums[l], logarithm ? log(sums[l]) : 0);
    v_store_row_part(y + l * length, result, length);
  }
}

static void v_softmax_lines(
    const sluice_lines_parameters *p, const float *x, float *y, int logarithm) {
  const int64_t block = p->length * p->inner;
  int64_t line = 0;
  if (p->inner == 1 && p->length <= V_LANES && p->length > 0) {
    for (; line + SOFTMAX_LINES <= p->outer; line += SOFTMAX_LINES) {
      v_softmax_short(x, y, p->length, logarithm);
      x += SOFTMAX_LINES * block;
      y += SOFTMAX_LINES * block;
    }
  }
  for (; line < p->outer; line++, x += block, y += block) {
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
