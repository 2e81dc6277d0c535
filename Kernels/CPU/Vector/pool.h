// Pools of float32 over up to three spatial axes of `planes` = N · C planes, vectors along the innermost
// axis, tap after tap over a strip of outputs:
//
//     average   Σ over the taps inside the input, in double, in row-major order, / their number; with
//               count_include_pad the number of taps inside the padded input; 0 where there is none
//     maximum   of the taps inside the input; NaN wins, the first of equals
//
// POOL_STRIP: outputs whose sums are held at once.
#ifndef SLUICE_POOL_H
#define SLUICE_POOL_H

#include "../window.h"
#include "strided.h"

enum { POOL_STRIP = 128 };

typedef struct {
  float top[POOL_STRIP];
  double sum[POOL_STRIP];
} v_pool;

/// Takes tap k of one input row for the outputs `from ..< end`; place 0 of the strip is output `base`.
V_INLINE void v_take_tap(
    v_pool *pool, const sluice_window *w, const float *row, int64_t k, int64_t base, int64_t end,
    const int average) {
  const int64_t offset = k * w->dilation - w->begin;
  int64_t from = sluice_first_at_least(0, offset, w->stride, end);
  const int64_t last = sluice_first_at_least(w->input, offset, w->stride, end);
  if (from < base) from = base;
  const float *x = row + offset;
  for (int64_t o = from; o < last; o++) {
    const float value = x[o * w->stride];
    if (average) {
      pool->sum[o - base] += (double)value;
    } else {
      const float top = pool->top[o - base];
      pool->top[o - base] = ((top >= value) | (top != top)) ? top : value;
    }
  }
}

/// The outputs `base ..< end` of one row; `plane` is its input, d and h the taps of the outer axes.
V_INLINE void v_pool_strip(
    v_pool *pool, const sluice_pool_parameters *p, const float *plane, const int64_t *at,
    const sluice_span *d, const sluice_span *h, int64_t base, int64_t end, const int average) {
  const sluice_window *w = p->axes;
  for (int64_t i = 0; i < POOL_STRIP; i++) pool->top[i] = -INFINITY, pool->sum[i] = 0;
  for (int64_t i = d->first; i < d->end; i++) {
    const int64_t z = at[0] * w[0].stride - w[0].begin + i * w[0].dilation;
    for (int64_t j = h->first; j < h->end; j++) {
      const int64_t line = at[1] * w[1].stride - w[1].begin + j * w[1].dilation;
      const float *row = plane + (z * w[1].input + line) * w[2].input;
      for (int64_t k = 0; k < w[2].kernel; k++) {
        v_take_tap(pool, &w[2], row, k, base, end, average);
      }
    }
  }
}

V_INLINE float v_average_at(
    const v_pool *pool, const sluice_pool_parameters *p, const sluice_span *d, const sluice_span *h,
    int64_t base, int64_t o) {
  const sluice_span v = sluice_span_of(&p->axes[2], o);
  const int64_t inside = (d->end - d->first) * (h->end - h->first) * (v.end - v.first);
  const int64_t count = p->count_include_pad ? d->padded * h->padded * v.padded : inside;
  return (float)(pool->sum[o - base] / (double)(count > 0 ? count : 1));
}

V_INLINE int32_t v_pool_all(
    const sluice_pool_parameters *p, const float *x, float *y, const int average) {
  const sluice_window *w = p->axes;
  const int64_t rows = p->planes * w[0].output * w[1].output;
  v_pool pool;
  for (int64_t row = 0; row < rows; row++) {
    const int64_t at[2] = {row / w[1].output % w[0].output, row % w[1].output};
    const int64_t plane = row / w[1].output / w[0].output;
    const sluice_span d = sluice_span_of(&w[0], at[0]), h = sluice_span_of(&w[1], at[1]);
    for (int64_t base = 0; base < w[2].output; base += POOL_STRIP) {
      const int64_t left = w[2].output - base, end = base + (left < POOL_STRIP ? left : POOL_STRIP);
      v_pool_strip(
          &pool, p, x + plane * sluice_window_inputs(w), at, &d, &h, base, end, average);
      for (int64_t o = base; o < end; o++) {
        *y++ = average ? v_average_at(&pool, p, &d, &h, base, o) : pool.top[o - base];
      }
    }
  }
  return SLUICE_OK;
}

static int32_t v_average_pool(const void *parameters, void *const *operands) {
  return v_pool_all(parameters, operands[0], operands[1], 1);
}

static int32_t v_max_pool(const void *parameters, void *const *operands) {
  return v_pool_all(parameters, operands[0], operands[1], 0);
}

#endif
