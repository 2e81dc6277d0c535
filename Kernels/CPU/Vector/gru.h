// Gated recurrent unit over packed weights; equations as in Swift's `GRU`, driver in recurrence.h:
//
//     r = f(b_r + W_r x + U_r h)      z = f(b_z + W_z x + U_z h)                 b sums both biases
//     n = g((b_n + W_n x) + r ⊙ (c_n + U_n h))            reset after the product: one fma
//     n = g(b_n + W_n x + U_n (r ⊙ h))                    otherwise: one sum over both products
//     h' = z ⊙ h + (1 − z) ⊙ n                            one fma after the rounded second product
#ifndef SLUICE_VECTOR_GRU_H
#define SLUICE_VECTOR_GRU_H

#include "recurrence.h"

/// Gates of one row to its next state. `after`: slot 3 holds U's part of the candidate; else slot 1
/// holds z itself.
V_INLINE void v_gru_row(
    const v_recurrence *c, const sluice_activation *f, int after, int usual, const float *sums,
    float *hidden, float *y) {
  const float clip = c->p->clip;
  for (int64_t v = 0; v < c->vectors; v++) {
    const float *slots = sums + v_slot_place(c, v);
    vf z = v_load(slots + SLUICE_STRIP), n = v_load(slots + 2 * SLUICE_STRIP);
    if (after) {
      const vf r = v_load(slots), state = v_load(slots + 3 * SLUICE_STRIP);
      z = usual ? v_sigmoid(z) : v_activated(&f[0], clip, z);
      n = v_fma(usual ? v_sigmoid(r) : v_activated(&f[0], clip, r), state, n);
    }
    n = usual ? v_tanh(n) : v_activated(&f[1], clip, n);
    const vf h = v_fma(z, v_load(hidden + v * SLUICE_WIDTH), (1.0f - z) * n);
    v_store(hidden + v * SLUICE_WIDTH, h);
    if (y) v_store_units(c, y, v, h);
  }
}

/// z of one row in place of its sum, and r ⊙ h.
static void v_reset_row(
    const v_recurrence *c, const sluice_activation *f, float *sums, const float *hidden,
    float *kept) {
  for (int64_t v = 0; v < c->vectors; v++) {
    float *slots = sums + v_slot_place(c, v);
    const vf r = v_activated(f, c->p->clip, v_load(slots));
    v_store(slots + SLUICE_STRIP, v_activated(f, c->p->clip, v_load(slots + SLUICE_STRIP)));
    v_store(kept + v * SLUICE_WIDTH, r * v_load(hidden + v * SLUICE_WIDTH));
  }
}

/// The products with U: r and z, then the candidate, which waits for r where it comes first.
static void v_gru_products(
    const v_recurrence *c, int64_t direction, float *sums, const float *hidden, float *kept,
    int64_t count) {
  v_product product = v_gate_product(c, v_weights(c, 2, direction), c->p->hidden);
  if (c->p->option) {
    product.last_gate = 3 * SLUICE_STRIP;
    product.last_start = v_bias(c, direction);
    v_state_products(c, &product, 3, hidden, sums, count);
    return;
  }
  product.last_gate = SLUICE_STRIP;
  v_state_products(c, &product, 2, hidden, sums, count);
  for (int64_t i = 0; i < count; i++) {
    v_reset_row(
        c, c->p->activations + 2 * direction, sums + i * c->slots * c->width,
        hidden + i * c->width, kept + i * c->width);
  }
  product.weights += 2 * SLUICE_STRIP;
  product.last_gate = 2 * SLUICE_STRIP;
  v_state_products(c, &product, 1, kept, sums, count);
}

static void v_gru_step(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t first, int64_t count) {
  const sluice_activation *f = c->p->activations + 2 * direction;
  const int after = c->p->option != 0, usual = v_usual(f, 2, c->p->clip);
  float *sums = v_sums(c, direction, step, first), *hidden = v_state(c, direction, 0, first);
  v_gru_products(c, direction, sums, hidden, c->spare, count);
  v_row row = v_first_row(c, first);
  for (int64_t i = 0; i < count; i++, v_next_row(c, &row)) {
    const int64_t t = v_position(c, direction, step, row.stream, row.m);
    const float *sum = sums + i * c->slots * c->width;
    float *h = hidden + i * c->width;
    if (t < 0) continue;
    float *y = v_output(c, direction, row, t);
    if (after && usual) {
      v_gru_row(c, f, 1, 1, sum, h, y);
    } else {
      v_gru_row(c, f, after, 0, sum, h, y);
    }
  }
}

static int32_t v_gru(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_GRU, v_gru_step);
}

#endif
