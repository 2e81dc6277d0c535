// Index arithmetic of windows over up to three spatial axes.
#ifndef SLUICE_WINDOW_H
#define SLUICE_WINDOW_H

#include "kernel.h"

/// Input position that output `o` sees at tap `k`; may lie outside the input.
static inline int64_t sluice_window_input(const sluice_window *w, int64_t o, int64_t k) {
  return o * w->stride + k * w->dilation - w->begin;
}

/// The first position p in 0 ... `limit` with p · stride + offset ≥ `bound`.
static inline int64_t sluice_first_at_least(
    int64_t bound, int64_t offset, int64_t stride, int64_t limit) {
  const int64_t need = bound - offset;
  if (need <= 0) return 0;
  const int64_t first = (need + stride - 1) / stride;
  return first < limit ? first : limit;
}

static inline int64_t sluice_window_taps(const sluice_window *axes) {
  return axes[0].kernel * axes[1].kernel * axes[2].kernel;
}

static inline int64_t sluice_window_inputs(const sluice_window *axes) {
  return axes[0].input * axes[1].input * axes[2].input;
}

static inline int64_t sluice_window_outputs(const sluice_window *axes) {
  return axes[0].output * axes[1].output * axes[2].output;
}

/// Tap number `tap` (row-major over the kernel) as one number per axis.
static inline void sluice_window_tap(const sluice_window *axes, int64_t tap, int64_t *k) {
  k[2] = tap % axes[2].kernel;
  k[1] = tap / axes[2].kernel % axes[1].kernel;
  k[0] = tap / axes[2].kernel / axes[1].kernel;
}

#endif
