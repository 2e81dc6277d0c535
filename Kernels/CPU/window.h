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

/// Taps of one axis for an output: those inside the input, and how many lie in the padded input.
typedef struct sluice_span {
  int64_t first, end, padded;
} sluice_span;

static inline sluice_span sluice_span_of(const sluice_window *w, int64_t o) {
  const int64_t start = o * w->stride - w->begin;
  const int64_t first = sluice_first_at_least(0, start, w->dilation, w->kernel);
  const int64_t end = sluice_first_at_least(w->input, start, w->dilation, w->kernel);
  const int64_t all = sluice_first_at_least(w->input + w->end, start, w->dilation, w->kernel);
  return (sluice_span){first, end > first ? end : first, all};
}

#endif
