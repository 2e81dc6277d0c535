// The inner loops of direct convolutions (convolution.h): tiles of sums in registers over one list of
// taps, {offset into x, offset into w}, in the order in which they are added:
//
//     sum[i][j] = bias[m + i],  then for each tap  sum[i][j] = w[tap.w + i] · x[tap.x + j] + sum[i][j]
//
// with i over channels and j over positions; either fills the lanes of a vector. Depthwise, channel i
// reads its own x, and a block of 16 groups is what a group's channels are otherwise.
//
// CONVOLUTION_MAPS: channels of a tile along positions; 8 x 3 sums, 3 inputs and a weight fit 32
// registers, 4 x 3 and 2 x 4 fit 16.
#ifndef SLUICE_CONVOLUTION_TILES_H
#define SLUICE_CONVOLUTION_TILES_H

#include "elementwise.h"

#if SLUICE_WIDTH == 16 || defined(__aarch64__)
#define CONVOLUTION_MAPS 8
#else
#define CONVOLUTION_MAPS 4
#endif
enum { CONVOLUTION_VECTORS = 4 };

/// One phase and group under way.
typedef struct {
  sluice_convolution_form form;
  /// In place: nothing behind a row may be read.
  sluice_read_mode mode;
  const sluice_tap *taps;
  int64_t depth;
  /// The group's first block, floats of a block, and its lanes.
  const float *w;
  int64_t block, lanes, maps;
  /// Depthwise: floats from one channel's x to the next's.
  int32_t depthwise;
  int64_t x_map;
  /// Of the group's first channel.
  const float *bias, *slope;
  int64_t slope_step;
  int64_t x_step, y_step, x_group, y_channel;
  int32_t activation;
  float alpha, beta;
} v_convolution;

/// An activation that takes more than a comparison, over n floats. Apart, so that its constants are not
/// loaded where it is not called.
static __attribute__((noinline)) void v_activate_floats(const v_convolution *t, float *y, int64_t n) {
  if (t->activation != SLUICE_FOLLOWED_BY_SILU) {
    v_unary_all(t->activation, t->alpha, t->beta, y, y, n);
    return;
  }
  for (int64_t i = 0; i < n; i += SLUICE_WIDTH) {
    const int64_t some = n - i < SLUICE_WIDTH ? n - i : SLUICE_WIDTH;
    const vf x = v_load_part(y + i, some);
    v_store_part(y + i, x * v_sigmoid(x), some);
  }
}

/// Whether `v_activate_simply` does it.
V_INLINE int v_is_simple(const v_convolution *t) {
  return t->activation == SLUICE_FOLLOWED_BY_NOTHING || t->activation == SLUICE_RELU ||
         t->activation == SLUICE_LEAKY_RELU || t->activation == SLUICE_FOLLOWED_BY_PRELU;
}

V_INLINE vf v_activate_simply(const v_convolution *t, vf x, vf slope) {
  if (t->activation == SLUICE_FOLLOWED_BY_NOTHING) return x;
  if (t->activation == SLUICE_RELU) return v_max(v_zero(), x);
  return v_select(x < 0.0f, slope * x, x);
}

V_INLINE float v_slope_of(const v_convolution *t, int64_t m) {
  return t->activation == SLUICE_FOLLOWED_BY_PRELU ? t->slope[m * t->slope_step] : t->alpha;
}

/// Finishes n positions of channel m that do not go straight to y.
static void v_finish_apart(const v_convolution *t, float *sums, float *y, int64_t n) {
  if (!v_is_simple(t)) v_activate_floats(t, sums, n);
  v_spread(y, t->y_step, sums, n);
}

V_INLINE void v_finish_positions(
    const v_convolution *t, int64_t m, const vf *sums, float *y, int64_t n, const int vectors) {
  const vf slope = v_set(v_slope_of(t, m));
  if (t->y_step == 1 && v_is_simple(t)) {
    for (int j = 0; j < vectors - 1; j++) {
      v_store(y + j * SLUICE_WIDTH, v_activate_simply(t, sums[j], slope));
    }
    const int64_t before = (vectors - 1) * SLUICE_WIDTH;
    const vf last = v_activate_simply(t, sums[vectors - 1], slope);
    if (n - before >= SLUICE_WIDTH) {
      v_store(y + before, last);
    } else {
      v_store_part(y + before, last, n - before);
    }
    return;
  }
  float apart[CONVOLUTION_VECTORS * SLUICE_WIDTH];
  for (int j = 0; j < vectors; j++) {
    v_store(apart + j * SLUICE_WIDTH, v_is_simple(t) ? v_activate_simply(t, sums[j], slope) : sums[j]);
  }
  v_finish_apart(t, apart, y, n);
}

/// Vector j of the tile whose first position has number `at`, 0 where a mask has none. Masks are for
/// vectors of 16, and `at` is then a multiple of 16.
V_INLINE vf v_load_input(
    const float *x, const sluice_tap *tap, int64_t at, const int j, const int masked) {
  const float *from = x + tap->x + j * SLUICE_WIDTH;
#if SLUICE_WIDTH == 16
  if (masked) return (vf)_mm512_maskz_loadu_ps(tap->masks[at / 16 + j], from);
#else
  (void)at, (void)masked;
#endif
  return v_load(from);
}

/// `maps` channels from m on x `vectors` vectors of positions from number `at` on, n of which are
/// written.
V_INLINE void v_positions_tile(
    const v_convolution *t, const float *w, int64_t m, const float *x, float *y, int64_t at, int64_t n,
    const int maps, const int vectors, const int masked, const int depthwise) {
  vf sum[CONVOLUTION_MAPS][CONVOLUTION_VECTORS];
  const int64_t x_map = depthwise ? t->x_map : 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < maps; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sum[i][j] = v_set(t->bias ? t->bias[m + i] : 0);
  }
  const sluice_tap *end = t->taps + t->depth;
  for (const sluice_tap *tap = t->taps; tap < end; tap++) {
    vf input[CONVOLUTION_VECTORS];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) input[j] = v_load_input(x, tap, at, j, masked);
#pragma clang loop unroll(full)
    for (int i = 0; i < maps; i++) {
      const vf weight = v_set(w[tap->w + i]);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) {
        const vf own =
            i > 0 && depthwise ? v_load_input(x + i * x_map, tap, at, j, masked) : input[j];
        sum[i][j] = v_fma(weight, own, sum[i][j]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < maps; i++) {
    v_finish_positions(t, m + i, sum[i], y + (m + i) * t->y_channel, n, vectors);
  }
}

#define V_POSITIONS(maps, depthwise, name) \
  V_INLINE void name##_by( \
      const v_convolution *t, const float *w, int64_t m, const float *x, float *y, int64_t at, \
      int64_t n, int vectors, const int masked) { \
    if (vectors == 4 && maps < CONVOLUTION_MAPS) { \
      v_positions_tile(t, w, m, x, y, at, n, maps, 4, masked, depthwise); \
    } else if (vectors == 3) { \
      v_positions_tile(t, w, m, x, y, at, n, maps, 3, masked, depthwise); \
    } else if (vectors == 2) { \
      v_positions_tile(t, w, m, x, y, at, n, maps, 2, masked, depthwise); \
    } else { \
      v_positions_tile(t, w, m, x, y, at, n, maps, 1, masked, depthwise); \
    } \
  } \
  static void name( \
      const v_convolution *t, const float *w, int64_t m, const float *x, float *y, int64_t at, \
      int64_t n, int vectors) { \
    if (SLUICE_WIDTH == 16 && t->mode == SLUICE_MASKED) { \
      name##_by(t, w, m, x, y, at, n, vectors, 1); \
    } else { \
      name##_by(t, w, m, x, y, at, n, vectors, 0); \
    } \
  }
V_POSITIONS(1, 0, v_positions_1)
V_POSITIONS(2, 0, v_positions_2)
V_POSITIONS(4, 0, v_positions_4)
V_POSITIONS(1, 1, v_depthwise_1)
V_POSITIONS(4, 1, v_depthwise_4)
#if CONVOLUTION_MAPS == 8
V_POSITIONS(8, 0, v_positions_8)
#endif

/// Channels of a tile where `left` of a block are left.
V_INLINE int v_tile_maps(const v_convolution *t, int64_t left) {
  if (t->depthwise) return left >= 4 ? 4 : 1;
  return left >= CONVOLUTION_MAPS ? CONVOLUTION_MAPS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

V_INLINE void v_run_tile(
    const v_convolution *t, const float *w, int64_t m, const float *x, float *y, int64_t at,
    int64_t n, int maps, int vectors) {
  if (t->depthwise) {
    (maps == 4 ? v_depthwise_4 : v_depthwise_1)(t, w, m, x + m * t->x_map, y, at, n, vectors);
    return;
  }
#if CONVOLUTION_MAPS == 8
  if (maps == 8) v_positions_8(t, w, m, x, y, at, n, vectors);
#endif
  if (maps == 4) v_positions_4(t, w, m, x, y, at, n, vectors);
  if (maps == 2) v_positions_2(t, w, m, x, y, at, n, vectors);
  if (maps == 1) v_positions_1(t, w, m, x, y, at, n, vectors);
}

/// Channels m … of a row of `run` positions: as many as a tile takes, which it returns. Where nothing
/// behind the row may be read, the last tile ends with it and writes some positions again.
static int64_t v_convolve_along_positions(
    const v_convolution *t, int64_t m, const float *x, float *y, int64_t run) {
  const int64_t block = m / SLUICE_LANES, lane = m % SLUICE_LANES;
  const int64_t in_block = t->lanes - lane, left = t->maps - m < in_block ? t->maps - m : in_block;
  const int maps = v_tile_maps(t, left), most = maps < CONVOLUTION_MAPS ? 4 : 3;
  const float *w = t->w + block * t->block + lane;
  for (int64_t at = 0; at < run;) {
    const int64_t rest = (run - at + SLUICE_WIDTH - 1) / SLUICE_WIDTH;
    int vectors = rest == most + 1 ? 2 + (int)rest / 5 : rest < most ? (int)rest : most;
    if (t->mode == SLUICE_IN_PLACE && at + vectors * SLUICE_WIDTH > run) {
      vectors = vectors > 1 ? vectors - 1 : 1;
      if (at + vectors * SLUICE_WIDTH > run) at = run - SLUICE_WIDTH;
    }
    const int64_t n = run - at < vectors * SLUICE_WIDTH ? run - at : vectors * SLUICE_WIDTH;
    v_run_tile(t, w, m, x + at, y + at * t->y_step, at, n, maps, vectors);
    at += n;
  }
  return maps;
}

#endif
