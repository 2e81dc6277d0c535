// Tiles of direct convolutions (convolution.h) whose lanes are output channels: as convolution_tiles.h,
// but the input is the same in all lanes,
//
//     sum[i] = bias[m …],  then for each tap  sum[i] = w[tap.w …] · x[tap.x + i · step] + sum[i]
//
// with i over up to CONVOLUTION_POSITIONS positions.
#ifndef SLUICE_CONVOLUTION_CHANNELS_H
#define SLUICE_CONVOLUTION_CHANNELS_H

#include "convolution_tiles.h"

enum { CONVOLUTION_POSITIONS = 8 };

/// n channels from m of the group on, one in a lane each.
static vf v_activate_channels(const v_convolution *t, vf sum, int64_t m, int64_t n) {
  if (v_is_simple(t)) {
    const int own = t->activation == SLUICE_FOLLOWED_BY_PRELU && t->slope_step;
    const vf slope = own ? v_load_part(t->slope + m, n) : v_set(v_slope_of(t, 0));
    return v_activate_simply(t, sum, slope);
  }
  float apart[SLUICE_WIDTH];
  v_store(apart, sum);
  v_activate_floats(t, apart, n);
  return v_load(apart);
}

/// n lanes, `step` floats apart.
V_INLINE void v_store_apart(float *y, int64_t step, vf v, int64_t n) {
  if (step == 1) {
    v_store_part(y, v, n);
    return;
  }
  float lanes[SLUICE_WIDTH];
  v_store(lanes, v);
  for (int64_t i = 0; i < n; i++) y[i * step] = lanes[i];
}

V_INLINE vf v_load_apart(const float *x, int64_t step, int64_t n) {
  if (step == 1) return v_load_part(x, n);
  float lanes[SLUICE_WIDTH] = {0};
  for (int64_t i = 0; i < n; i++) lanes[i] = x[i * step];
  return v_load(lanes);
}

V_INLINE void v_channels_tile(
    const v_convolution *t, const float *w, int64_t m, int64_t n, const float *x, float *y,
    const int positions) {
  vf sum[CONVOLUTION_POSITIONS];
  const vf bias = t->bias ? v_load_part(t->bias + m, n) : v_zero();
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) sum[i] = bias;
  const sluice_tap *end = t->taps + t->depth;
  const int64_t step = t->x_step;
  for (const sluice_tap *tap = t->taps; tap < end; tap++) {
    const vf weights = v_load(w + tap->w);
    const float *input = x + tap->x;
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++) sum[i] = v_fma(weights, v_set(input[i * step]), sum[i]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) {
    const vf value = v_activate_channels(t, sum[i], m, n);
    v_store_apart(y + m * t->y_channel + i * t->y_step, t->y_channel, value, n);
  }
}

static void v_convolve_along_channels(
    const v_convolution *t, const float *x, float *y, int64_t run) {
  for (int64_t m = 0; m < t->maps;) {
    const float *w = t->w + m / t->lanes * t->block + m % t->lanes;
    const int64_t in_block = t->lanes - m % t->lanes;
    int64_t n = t->maps - m < in_block ? t->maps - m : in_block;
    if (n > SLUICE_WIDTH) n = SLUICE_WIDTH;
    int64_t at = 0;
    for (; at + 8 <= run; at += 8) {
      v_channels_tile(t, w, m, n, x + at * t->x_step, y + at * t->y_step, 8);
    }
    if (run - at >= 4) {
      v_channels_tile(t, w, m, n, x + at * t->x_step, y + at * t->y_step, 4);
      at += 4;
    }
    if (run - at >= 2) {
      v_channels_tile(t, w, m, n, x + at * t->x_step, y + at * t->y_step, 2);
      at += 2;
    }
    if (at < run) v_channels_tile(t, w, m, n, x + at * t->x_step, y + at * t->y_step, 1);
    m += n;
  }
}

#endif
