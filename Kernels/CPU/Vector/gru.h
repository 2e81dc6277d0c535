// Gated recurrent unit over packed weights; equations as in Swift's `GRU`, driver in recurrence.h:
//
//     r = f(b_r + W_r x + U_r h)      z = f(b_z + W_z x + U_z h)                 b sums both biases
//     n = g((b_n + W_n x) + r ⊙ (c_n + U_n h))            reset after the product: one fma
//     n = g(b_n + W_n x + U_n (r ⊙ h))                    otherwise: one sum over both products
//     h' = z ⊙ h + (1 − z) ⊙ n                            one fma after the rounded second product
#ifndef SLUICE_VECTOR_GRU_H
#define SLUICE_VECTOR_GRU_H

#include "recurrence.h"

/// Gates of one row to its next state. `after`: slot 3 holds U's part of the candidate.
V_INLINE void v_gru_row(
    const v_batch *b, const v_direction *d, int after, int usual, const float *sums, float *hidden,
    float *y) {
  const sluice_activation *f = d->f;
  const float clip = b->p->clip;
  for (int64_t v = 0; v < b->vectors; v++) {
    const float *slots = sums + v_slot_place(b, v);
    vf z = v_load(slots + SLUICE_STRIP), n = v_load(slots + 2 * SLUICE_STRIP);
    z = usual ? v_sigmoid(z) : v_activated(&f[0], clip, z);
    if (after) {
      const vf r = v_load(slots), state = v_load(slots + 3 * SLUICE_STRIP);
      n = v_fma(usual ? v_sigmoid(r) : v_activated(&f[0], clip, r), state, n);
    }
    n = usual ? v_tanh(n) : v_activated(&f[1], clip, n);
    const vf h = v_fma(z, v_load(hidden + v * SLUICE_WIDTH), (1.0f - z) * n);
    v_store(hidden + v * SLUICE_WIDTH, h);
    if (y) v_store_units(b, y, v, h);
  }
}

/// r ⊙ h of one row.
V_INLINE void v_reset_row(
    const v_batch *b, const v_direction *d, int usual, const float *sums, const float *hidden,
    float *kept) {
  const float clip = b->p->clip;
  for (int64_t v = 0; v < b->vectors; v++) {
    const vf sum = v_load(sums + v_slot_place(b, v));
    const vf r = usual ? v_sigmoid(sum) : v_activated(d->f, clip, sum);
    v_store(kept + v * SLUICE_WIDTH, r * v_load(hidden + v * SLUICE_WIDTH));
  }
}

/// One gate's part of U by the rows of the list.
static void v_gate_products(
    const v_batch *b, const v_direction *d, int64_t gate, const v_row_list *list) {
  v_product product = d->product;
  product.weights += gate * b->width * product.inputs;
  product.k_step = SLUICE_STRIP;
  product.strip_step = product.inputs * SLUICE_STRIP;
  product.last_gate = gate * SLUICE_STRIP;
  v_products(&product, 1, list, b->rows);
}

/// Reset before the product: the candidate's sum waits for r. In turns z, r, n and r, n, z: what the
/// core's own cache holds of a gate's weights is read again as soon as can be.
static void v_gru_products_before(const v_batch *b, const v_direction *d) {
  const int first = sluice_turns % 2 == 0;
  if (first) v_gate_products(b, d, 1, &d->list);
  v_gate_products(b, d, 0, &d->list);
  v_row_list list = d->list;
  for (int64_t i = 0; i < b->rows; i++) {
    float *kept = b->spare + i * b->width;
    if (d->usual) {
      v_reset_row(b, d, 1, d->list.out[i], d->list.x[i], kept);
    } else {
      v_reset_row(b, d, 0, d->list.out[i], d->list.x[i], kept);
    }
    list.x[i] = kept;
  }
  v_gate_products(b, d, 2, &list);
  if (!first) v_gate_products(b, d, 1, &d->list);
}

V_INLINE void v_gru_products(const v_batch *b, const v_direction *d, int64_t step) {
  if (b->p->option) {
    v_state_products(b, d, 3, step);
  } else {
    v_gru_products_before(b, d);
  }
}

V_INLINE void v_gru_update(const v_batch *b, const v_direction *d, int64_t step) {
  const int after = b->p->option != 0;
  for (int64_t i = 0; i < b->rows; i++) {
    const int64_t t = v_position(b, d, step, i);
    if (t < 0) continue;
    float *h = d->hidden + i * b->width, *y = v_output(b, d, i, t);
    const float *sums = d->list.out[i];
    if (after && d->usual) {
      v_gru_row(b, d, 1, 1, sums, h, y);
    } else if (d->usual) {
      v_gru_row(b, d, 0, 1, sums, h, y);
    } else {
      v_gru_row(b, d, after, 0, sums, h, y);
    }
  }
}

static int32_t v_gru(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_GRU, v_gru_products, v_gru_update);
}

#endif
