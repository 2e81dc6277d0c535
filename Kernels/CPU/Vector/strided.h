// Rows of float32 brought together from strided places, and put back.
#ifndef SLUICE_STRIDED_H
#define SLUICE_STRIDED_H

#include "../simd.h"

/// A place among rows: the index over the outer axes and the offset in elements that belongs to it.
typedef struct {
  int64_t index[SLUICE_RANK];
  int64_t offset;
} v_walk;

/// A strip of floats, or one element for all: element i is p[i & mask].
typedef struct {
  const float *p;
  /// −1, or 0 where 16 floats at p are all the same element.
  int64_t mask;
} v_value;

V_INLINE void v_advance(
    v_walk *walk, const int64_t *sizes, int64_t rank, const int64_t *strides) {
  sluice_advance(walk->index, sizes, rank, strides, &walk->offset);
}

/// Keeps a loop from becoming a call of memset or memcpy, which costs more than a short row does.
V_INLINE void v_stay_a_loop(void) { __asm__ volatile(""); }

V_INLINE void v_fill_floats(float *to, float x, int64_t count) {
  int64_t i = 0;
  for (; i + SLUICE_WIDTH <= count; i += SLUICE_WIDTH) {
    v_store(to + i, v_set(x));
    v_stay_a_loop();
  }
  if (i < count) v_store_part(to + i, v_set(x), count - i);
}

V_INLINE void v_copy_floats(float *to, const float *from, int64_t count) {
  int64_t i = 0;
  for (; i + SLUICE_WIDTH <= count; i += SLUICE_WIDTH) {
    v_store(to + i, v_load(from + i));
    v_stay_a_loop();
  }
  if (i < count) v_store_part(to + i, v_load_part(from + i, count - i), count - i);
}

V_INLINE void v_copy_value(float *to, v_value value, int64_t count) {
  if (value.mask) {
    v_copy_floats(to, value.p, count);
  } else {
    v_fill_floats(to, value.p[0], count);
  }
}

/// n ≤ SLUICE_WIDTH lanes: every second float, nothing behind the last of them read.
V_INLINE vf v_load_even(const float *from, int64_t n) {
  const int64_t floats = 2 * n - 1, first = floats < SLUICE_WIDTH ? floats : SLUICE_WIDTH;
  vf even = v_zero();
  even.lo = v_load_part(from, first).even;
  if (floats > first) even.hi = v_load_part(from + SLUICE_WIDTH, floats - first).even;
  return even;
}

V_INLINE void v_copy_even(float *to, const float *from, int64_t count) {
  int64_t i = 0;
  for (; i + SLUICE_WIDTH < count; i += SLUICE_WIDTH) {
    const vf a = v_load(from + 2 * i), b = v_load(from + 2 * i + SLUICE_WIDTH);
    vf even;
    even.lo = a.even;
    even.hi = b.even;
    v_store(to + i, even);
  }
  if (i < count) v_store_part(to + i, v_load_even(from + 2 * i, count - i), count - i);
}

/// to[i] = from[i · step]
V_INLINE void v_copy_strided(float *to, const float *from, int64_t step, int64_t count) {
  if (step == 1) {
    v_copy_floats(to, from, count);
  } else if (step == 0) {
    v_fill_floats(to, from[0], count);
  } else if (step == 2) {
    v_copy_even(to, from, count);
  } else {
    for (int64_t i = 0; i < count; i++) to[i] = from[i * step];
  }
}

#if SLUICE_WIDTH == 16
/// Lanes q / step of v to every step-th float, by masked stores; `step` is 2 or 4.
V_INLINE void v_spread_vector(float *to, const int step, vf v, int64_t n) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int64_t most = SLUICE_WIDTH / step;
  for (int64_t first = 0; first < n; first += most) {
    const int64_t some = n - first < most ? n - first : most;
    const vi source = (lane >> (step == 2 ? 1 : 2)) + (int32_t)first;
    const uint32_t every = (step == 2 ? 0x5555u : 0x1111u) & ((1u << some * step) - 1);
    const __m512 spread = _mm512_permutexvar_ps((__m512i)source, (__m512)v);
    _mm512_mask_storeu_ps(to + first * step, (__mmask16)every, spread);
  }
}

V_INLINE void v_spread_by(float *to, const int step, const float *from, int64_t count) {
  for (int64_t i = 0; i < count; i += SLUICE_WIDTH) {
    const int64_t n = count - i < SLUICE_WIDTH ? count - i : SLUICE_WIDTH;
    v_spread_vector(to + i * step, step, v_load_part(from + i, n), n);
  }
}
#endif

/// to[i · step] = from[i]
V_INLINE void v_spread(float *to, int64_t step, const float *from, int64_t count) {
  if (step == 1) {
    v_copy_floats(to, from, count);
    return;
  }
#if SLUICE_WIDTH == 16
  if (step == 2) v_spread_by(to, 2, from, count);
  if (step == 4) v_spread_by(to, 4, from, count);
  if (step == 2 || step == 4) return;
#endif
  for (int64_t i = 0; i < count; i++) to[i * step] = from[i];
}

/// Rows of at most this many elements are gathered column by column where they lie evenly apart.
enum { V_SHORT_ROW = 4 };

/// The next `rows` rows of an operand of `rank` axes, one behind the other in `to`.
static void v_gather_rows(
    const int64_t *sizes, int64_t rank, const int64_t *strides, v_walk *walk, const float *base,
    int64_t rows, float *to) {
  const int64_t outer = rank - 1, inner = sizes[outer], step = strides[outer];
  if (rank == 2 && inner <= V_SHORT_ROW) {
    const float *from = base + walk->offset;
    const int64_t apart = strides[0];
    for (int64_t k = 0; k < inner; k++) {
      for (int64_t r = 0; r < rows; r++) to[r * inner + k] = from[r * apart + k * step];
    }
    walk->offset += rows * apart;
    return;
  }
  for (int64_t r = 0; r < rows; r++, to += inner) {
    v_copy_strided(to, base + walk->offset, step, inner);
    v_advance(walk, sizes, outer, strides);
  }
}

/// The other way: `value` has the rows one behind the other.
static void v_scatter_rows(
    const int64_t *sizes, int64_t rank, const int64_t *strides, v_walk *walk, float *base,
    int64_t rows, v_value value) {
  const int64_t outer = rank - 1, inner = sizes[outer], step = strides[outer];
  for (int64_t r = 0; r < rows; r++) {
    float *to = base + walk->offset;
    if (value.mask) {
      v_spread(to, step, value.p + r * inner, inner);
    } else {
      for (int64_t i = 0; i < inner; i++) to[i * step] = value.p[0];
    }
    v_advance(walk, sizes, outer, strides);
  }
}

#endif
