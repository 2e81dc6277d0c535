// One result per index of the kept axes (dense) over all indices of the reduced ones, float32.
//
//     mean, sum, l2 = √Σx²     in double, rounded once
//     max, min                 NaN where any is; what every number beats if none
//
// Canonical order, by the parameters alone: where at least 16 elements are reduced and the innermost
// reduced stride is 1, 16 lanes over the row-major number of the element (lanes.h), vectors along them;
// else one after another in row-major order, vectors across results.
#ifndef SLUICE_REDUCTION_H
#define SLUICE_REDUCTION_H

#include "lanes.h"

enum { REDUCTION_STRIP = 256 };

V_INLINE double v_finish_sum(int kind, double sum, int64_t count) {
  if (kind == SLUICE_REDUCE_L2) return sqrt(sum);
  return kind == SLUICE_REDUCE_SUM ? sum : sum / (double)count;
}

typedef struct {
  v_lanes sum;
  v_floats best;
} v_progress;

/// The next elements; n is a multiple of 16 in all strips but the last.
V_INLINE void v_take_strip(v_progress *r, int kind, const float *x, int64_t n) {
  const int extreme = kind == SLUICE_REDUCE_MAX || kind == SLUICE_REDUCE_MIN;
  const float filler = !extreme ? 0 : kind == SLUICE_REDUCE_MAX ? -INFINITY : INFINITY;
  for (int64_t i = 0; i < n; i += V_LANES) {
    const v_floats row = n - i >= V_LANES ? v_load_row(x + i) : v_load_row_part(x + i, n - i, filler);
    if (extreme) {
      for (int j = 0; j < V_PARTS; j++) {
        r->best.v[j] = kind == SLUICE_REDUCE_MAX ? v_greater(r->best.v[j], row.v[j])
                                                 : v_smaller(r->best.v[j], row.v[j]);
      }
    } else {
      const v_lanes wide = v_widen(row);
      r->sum = v_lanes_add(r->sum, kind == SLUICE_REDUCE_L2 ? v_lanes_multiply(wide, wide) : wide);
    }
  }
}

V_INLINE float v_finish_progress(const v_progress *r, int kind, int64_t count) {
  if (kind == SLUICE_REDUCE_MAX) return v_extreme_of_row(r->best, 1);
  if (kind == SLUICE_REDUCE_MIN) return v_extreme_of_row(r->best, 0);
  return (float)v_finish_sum(kind, v_lanes_total(r->sum), count);
}

/// One result along the reduced axes, rows of which are brought together in strips.
V_INLINE float v_reduce_along(
    const sluice_reduce_parameters *p, const float *x, int64_t count, const int kind) {
  const int64_t outer = p->reduced_rank - 1, length = p->reduced_sizes[outer];
  v_progress r = {.sum = v_lanes_of(0)};
  for (int i = 0; i < V_PARTS; i++) {
    r.best.v[i] = v_set(kind == SLUICE_REDUCE_MAX ? -INFINITY : INFINITY);
  }
  if (outer == 0) {
    v_take_strip(&r, kind, x, count);
    return v_finish_progress(&r, kind, count);
  }
  float strip[REDUCTION_STRIP];
  v_walk walk = {{0}, 0};
  int64_t column = 0;
  for (int64_t left = count; left > 0;) {
    int64_t filled = 0;
    while (filled < REDUCTION_STRIP && left > 0) {
      int64_t n = length - column;
      if (n > REDUCTION_STRIP - filled) n = REDUCTION_STRIP - filled;
      v_copy_floats(strip + filled, x + walk.offset + column, n);
      filled += n;
      left -= n;
      column += n;
      if (column == length) {
        v_advance(&walk, p->reduced_sizes, outer, p->reduced_strides);
        column = 0;
      }
    }
    v_take_strip(&r, kind, strip, filled);
  }
  return v_finish_progress(&r, kind, count);
}

V_INLINE vf v_load_step(const float *x, int64_t step, int64_t n) {
  if (step == 1) return v_load_part(x, n);
  if (step == 2) return v_load_even(x, n);
  float lane[SLUICE_WIDTH] = {0};
  for (int64_t i = 0; i < n; i++) lane[i] = x[i * step];
  return v_load(lane);
}

/// n ≤ SLUICE_WIDTH results, whose first elements lie `step` apart.
V_INLINE void v_reduce_across(
    const sluice_reduce_parameters *p, const float *x, int64_t step, int64_t n, int64_t count,
    float *y, const int kind) {
  const int64_t outer = p->reduced_rank > 0 ? p->reduced_rank - 1 : 0;
  const int64_t length = p->reduced_rank > 0 ? p->reduced_sizes[outer] : 1;
  const int64_t apart = p->reduced_rank > 0 ? p->reduced_strides[outer] : 0;
  vf best = v_set(kind == SLUICE_REDUCE_MAX ? -INFINITY : INFINITY);
  vd low = (vd)0.0, high = (vd)0.0;
  v_walk walk = {{0}, 0};
  for (int64_t done = 0; done < count; done += length) {
    for (int64_t i = 0; i < length; i++) {
      const vf value = v_load_step(x + walk.offset + i * apart, step, n);
      if (kind == SLUICE_REDUCE_MAX) {
        best = v_greater(best, value);
      } else if (kind == SLUICE_REDUCE_MIN) {
        best = v_smaller(best, value);
      } else {
        const vd a = d_from(value.lo), b = d_from(value.hi);
        low += kind == SLUICE_REDUCE_L2 ? a * a : a;
        high += kind == SLUICE_REDUCE_L2 ? b * b : b;
      }
    }
    v_advance(&walk, p->reduced_sizes, outer, p->reduced_strides);
  }
  if (kind == SLUICE_REDUCE_MAX || kind == SLUICE_REDUCE_MIN) {
    v_store_part(y, best, n);
    return;
  }
  double sums[SLUICE_WIDTH];
  memcpy(sums, &low, sizeof low);
  memcpy(sums + SLUICE_WIDTH / 2, &high, sizeof high);
  for (int64_t i = 0; i < n; i++) y[i] = (float)v_finish_sum(kind, sums[i], count);
}

V_INLINE int32_t v_reduce_kind(
    const sluice_reduce_parameters *p, void *const *operands, const int kind) {
  const float *x = operands[0];
  float *y = operands[1];
  const int64_t count = sluice_product(p->reduced_sizes, p->reduced_rank);
  const int64_t outer = p->kept_rank > 0 ? p->kept_rank - 1 : 0;
  const int64_t length = p->kept_rank > 0 ? p->kept_sizes[outer] : 1;
  const int64_t step = p->kept_rank > 0 ? p->kept_strides[outer] : 0;
  const int64_t rows = sluice_product(p->kept_sizes, outer);
  const int along = count >= V_LANES && p->reduced_strides[p->reduced_rank - 1] == 1;
  v_walk walk = {{0}, 0};
  for (int64_t row = 0; row < rows; row++, y += length) {
    const float *from = x + walk.offset;
    for (int64_t i = 0; along && i < length; i++) {
      y[i] = v_reduce_along(p, from + i * step, count, kind);
    }
    for (int64_t i = 0; !along && i < length; i += SLUICE_WIDTH) {
      const int64_t n = length - i < SLUICE_WIDTH ? length - i : SLUICE_WIDTH;
      v_reduce_across(p, from + i * step, step, n, count, y + i, kind);
    }
    v_advance(&walk, p->kept_sizes, outer, p->kept_strides);
  }
  return SLUICE_OK;
}

#define V_REDUCTION(name, kind) \
  static int32_t name(const void *parameters, void *const *operands) { \
    return v_reduce_kind(parameters, operands, kind); \
  }
V_REDUCTION(v_reduce_mean, SLUICE_REDUCE_MEAN)
V_REDUCTION(v_reduce_sum, SLUICE_REDUCE_SUM)
V_REDUCTION(v_reduce_max, SLUICE_REDUCE_MAX)
V_REDUCTION(v_reduce_min, SLUICE_REDUCE_MIN)
V_REDUCTION(v_reduce_l2, SLUICE_REDUCE_L2)

#endif
