// Sums in the canonical order of rows (Kernels/README.md): 16 lanes of doubles, element i in lane
// i mod 16, then lanes j and j + 8 added, j and j + 4, j and j + 2, j and j + 1. The same bits for every
// width: lanes that have no element hold what adds nothing.
#ifndef SLUICE_LANES_H
#define SLUICE_LANES_H

#include "double.h"
#include "strided.h"

enum { V_LANES = 16, V_PARTS = V_LANES / SLUICE_WIDTH, V_HALVES = 2 * V_PARTS };

/// Lanes j · SLUICE_WIDTH / 2 … in v[j].
typedef struct {
  vd v[V_HALVES];
} v_lanes;

/// 16 floats; where only n are loaded, `filler` behind them.
typedef struct {
  vf v[V_PARTS];
} v_floats;

V_INLINE v_floats v_load_row(const float *x) {
  v_floats row;
  for (int i = 0; i < V_PARTS; i++) row.v[i] = v_load(x + i * SLUICE_WIDTH);
  return row;
}

static const float v_numbers[V_LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// How many of n lanes part i of a row has.
V_INLINE int64_t v_in_part(int64_t n, int i) {
  const int64_t left = n - i * SLUICE_WIDTH;
  return left < 0 ? 0 : left < SLUICE_WIDTH ? left : SLUICE_WIDTH;
}

V_INLINE v_floats v_load_row_part(const float *x, int64_t n, float filler) {
  v_floats row;
  for (int i = 0; i < V_PARTS; i++) {
    const int64_t some = v_in_part(n, i);
    const vf lane = v_load(v_numbers);
    row.v[i] = some > 0 ? v_load_part(x + i * SLUICE_WIDTH, some) : v_zero();
    row.v[i] = v_select(lane < (float)some, row.v[i], v_set(filler));
  }
  return row;
}

V_INLINE void v_store_row_part(float *y, v_floats row, int64_t n) {
  for (int i = 0; i < V_PARTS; i++) {
    const int64_t some = v_in_part(n, i);
    if (some == SLUICE_WIDTH) v_store(y + i * SLUICE_WIDTH, row.v[i]);
    if (some > 0 && some < SLUICE_WIDTH) v_store_part(y + i * SLUICE_WIDTH, row.v[i], some);
  }
}

V_INLINE v_lanes v_widen(v_floats row) {
  v_lanes lanes;
  for (int i = 0; i < V_PARTS; i++) {
    lanes.v[2 * i] = d_from(row.v[i].lo);
    lanes.v[2 * i + 1] = d_from(row.v[i].hi);
  }
  return lanes;
}

V_INLINE v_floats v_narrow(v_lanes lanes) {
  v_floats row;
  for (int i = 0; i < V_PARTS; i++) {
    row.v[i].lo = d_round(lanes.v[2 * i]);
    row.v[i].hi = d_round(lanes.v[2 * i + 1]);
  }
  return row;
}

V_INLINE v_floats v_floats_add(v_floats a, v_floats b) {
  for (int i = 0; i < V_PARTS; i++) a.v[i] = a.v[i] + b.v[i];
  return a;
}
V_INLINE v_floats v_floats_multiply(v_floats a, v_floats b) {
  for (int i = 0; i < V_PARTS; i++) a.v[i] = a.v[i] * b.v[i];
  return a;
}

V_INLINE v_lanes v_lanes_of(double x) {
  v_lanes lanes;
  for (int i = 0; i < V_HALVES; i++) lanes.v[i] = (vd)x;
  return lanes;
}

/// Lane by lane.
V_INLINE v_lanes v_lanes_add(v_lanes a, v_lanes b) {
  for (int i = 0; i < V_HALVES; i++) a.v[i] = a.v[i] + b.v[i];
  return a;
}
V_INLINE v_lanes v_lanes_multiply(v_lanes a, v_lanes b) {
  for (int i = 0; i < V_HALVES; i++) a.v[i] = a.v[i] * b.v[i];
  return a;
}
V_INLINE v_lanes v_lanes_subtract(v_lanes a, v_lanes b) {
  for (int i = 0; i < V_HALVES; i++) a.v[i] = a.v[i] - b.v[i];
  return a;
}

/// The first n lanes, 0 in the others.
V_INLINE v_lanes v_lanes_first(v_lanes a, int64_t n) {
  const v_lanes number = v_widen(v_load_row(v_numbers));
  for (int i = 0; i < V_HALVES; i++) a.v[i] = number.v[i] < (double)n ? a.v[i] : (vd)0.0;
  return a;
}

/// The tree.
V_INLINE double v_lanes_total(v_lanes a) {
  for (int half = V_HALVES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) a.v[i] = a.v[i] + a.v[i + half];
  }
#if SLUICE_WIDTH == 16
  const double __attribute__((ext_vector_type(4))) four = a.v[0].lo + a.v[0].hi;
  const double __attribute__((ext_vector_type(2))) two = four.lo + four.hi;
#elif SLUICE_WIDTH == 8
  const double __attribute__((ext_vector_type(2))) two = a.v[0].lo + a.v[0].hi;
#else
  const vd two = a.v[0];
#endif
  return two.x + two.y;
}

/// Σ x and Σ (x − mean)² over a dense row.
static double v_sum(const float *x, int64_t count) {
  v_lanes sum = v_lanes_of(0);
  int64_t i = 0;
  for (; i + V_LANES <= count; i += V_LANES) sum = v_lanes_add(sum, v_widen(v_load_row(x + i)));
  if (i < count) sum = v_lanes_add(sum, v_widen(v_load_row_part(x + i, count - i, 0)));
  return v_lanes_total(sum);
}

static double v_sum_of_squares(const float *x, int64_t count, double mean) {
  const v_lanes center = v_lanes_of(mean);
  v_lanes sum = v_lanes_of(0);
  int64_t i = 0;
  for (; i + V_LANES <= count; i += V_LANES) {
    const v_lanes d = v_lanes_subtract(v_widen(v_load_row(x + i)), center);
    sum = v_lanes_add(sum, v_lanes_multiply(d, d));
  }
  if (i < count) {
    // Lanes behind the row deviate by 0.
    v_lanes d = v_lanes_subtract(v_widen(v_load_row_part(x + i, count - i, 0)), center);
    d = v_lanes_first(d, count - i);
    sum = v_lanes_add(sum, v_lanes_multiply(d, d));
  }
  return v_lanes_total(sum);
}

/// The greater, or the smaller; NaN where either is.
V_INLINE vf v_greater(vf a, vf b) { return v_select((a >= b) | (a != a), a, b); }
V_INLINE vf v_smaller(vf a, vf b) { return v_select((a <= b) | (a != a), a, b); }

typedef float v_2 __attribute__((ext_vector_type(2)));
typedef float v_4 __attribute__((ext_vector_type(4)));
typedef float v_8 __attribute__((ext_vector_type(8)));

/// The same tree over floats with `v_greater`, or with `v_smaller`.
V_INLINE float v_extreme_of_row(v_floats row, int greatest) {
#define V_BETTER(a, b) (((greatest ? (a) >= (b) : (a) <= (b)) | ((a) != (a))) ? (a) : (b))
  for (int half = V_PARTS / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) row.v[i] = V_BETTER(row.v[i], row.v[i + half]);
  }
#if SLUICE_WIDTH == 16
  const v_8 eight = V_BETTER(row.v[0].lo, row.v[0].hi);
  const v_4 four = V_BETTER(eight.lo, eight.hi);
#elif SLUICE_WIDTH == 8
  const v_4 four = V_BETTER(row.v[0].lo, row.v[0].hi);
#else
  const v_4 four = row.v[0];
#endif
  const v_2 two = V_BETTER(four.lo, four.hi);
  return V_BETTER(two.x, two.y);
#undef V_BETTER
}

/// The greatest or smallest of a row; what every number beats if it is empty.
static float v_extreme(const float *x, int64_t count, int greatest) {
  const float worst = greatest ? -INFINITY : INFINITY;
  v_floats best;
  for (int i = 0; i < V_PARTS; i++) best.v[i] = v_set(worst);
  for (int64_t at = 0; at < count; at += V_LANES) {
    const v_floats row = count - at >= V_LANES ? v_load_row(x + at)
                                            : v_load_row_part(x + at, count - at, worst);
    for (int i = 0; i < V_PARTS; i++) {
      best.v[i] = greatest ? v_greater(best.v[i], row.v[i]) : v_smaller(best.v[i], row.v[i]);
    }
  }
  return v_extreme_of_row(best, greatest);
}

#endif
