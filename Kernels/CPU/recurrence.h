// What GRU, LSTM and RNN share: the order of steps and rows, products, activations.
//
// A direction runs s = 0 ..< L. Row m is at position t = s forward, or t = length(m) − 1 − s in a
// reverse direction, and rests once s ≥ length(m). Input products of `chunk` steps are taken at once,
// W x for all M rows of a position; state products once a step.
#ifndef SLUICE_RECURRENCE_STEPS_H
#define SLUICE_RECURRENCE_STEPS_H

#include "product.h"

/// One direction of one recurrence. Sizes: L, M, I, H and G gates.
typedef struct {
  const sluice_recurrence_parameters *p;
  int64_t gates, direction;
  int reverse;
  const float *x;               // [L, M, I]
  const float *w, *u;           // [G·H, I], [G·H, H]
  const float *bias, *u_bias;   // [G·H], or null
  const int32_t *lengths;       // [M], or null
  const sluice_activation *activations;
  float *y;                     // [L, D, M, H], or null
  float *x_products;            // [chunk, M, G·H]
  float *u_products;            // [M, G·H]
  float *hidden;                // [M, H]
  float *cell;                  // [M, H]: LSTM's cell; GRU's reset state
} sluice_direction;

/// Sets up direction `direction`; its hidden state starts from the initial one or from zeros.
sluice_direction sluice_begin_direction(
    const sluice_recurrence_parameters *p, int64_t gates, int64_t direction, void *const *operands,
    float *y, float *workspace);

/// A refused lengths operand: every entry has to be in 0 ... L.
int32_t sluice_check_lengths(const sluice_recurrence_parameters *p, const int32_t *lengths);

/// Takes the input products a step needs; call it for s = 0, 1, … in turn.
void sluice_prepare_step(const sluice_direction *d, int64_t s);

/// The position of row m at step s; −1 where the row rests.
static inline int64_t sluice_position(const sluice_direction *d, int64_t s, int64_t m) {
  const int64_t length = d->lengths ? d->lengths[m] : d->p->length;
  if (s >= length) return -1;
  return d->reverse ? length - 1 - s : s;
}

/// W x of row m at position t, step s: [G·H].
static inline const float *sluice_x_product(
    const sluice_direction *d, int64_t s, int64_t t, int64_t m) {
  const int64_t width = d->gates * d->p->hidden;
  const int64_t chunk = d->p->chunk;
  const int64_t slot = chunk >= d->p->length ? t
                       : d->reverse          ? chunk - 1 - s % chunk
                                             : s % chunk;
  return d->x_products + (slot * d->p->rows + m) * width;
}

/// Row m's hidden state into Y at position t.
static inline void sluice_emit(const sluice_direction *d, int64_t t, int64_t m) {
  if (!d->y) return;
  const int64_t h = d->p->hidden;
  memcpy(
      d->y + ((t * d->p->directions + d->direction) * d->p->rows + m) * h, d->hidden + m * h,
      (size_t)h * sizeof(float));
}

/// values = f(clipped values)
void sluice_activate(const sluice_activation *f, float clip, float *values, int64_t count);

/// sums = (x + b) + (u + c); the biases may be absent.
static inline void sluice_gate_sum(
    const float *x, const float *b, const float *u, const float *c, float *sums, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const float input = b ? x[i] + b[i] : x[i];
    sums[i] = input + (c ? u[i] + c[i] : u[i]);
  }
}

#endif
