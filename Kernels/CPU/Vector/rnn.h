// Elman network over packed weights, driver in recurrence.h: h' = f(b + W x + U h), b sums both biases.
#ifndef SLUICE_VECTOR_RNN_H
#define SLUICE_VECTOR_RNN_H

#include "recurrence.h"

static void v_rnn_step(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t first, int64_t count) {
  const sluice_activation *f = c->p->activations + direction;
  const int usual = c->p->clip == INFINITY && f->kind == SLUICE_ACTIVATION_TANH;
  float *sums = v_sums(c, direction, step, first), *hidden = v_state(c, direction, 0, first);
  const v_product product = v_gate_product(c, v_weights(c, 2, direction), c->p->hidden);
  v_state_products(c, &product, 1, hidden, sums, count);
  v_row row = v_first_row(c, first);
  for (int64_t i = 0; i < count; i++, v_next_row(c, &row)) {
    const int64_t t = v_position(c, direction, step, row.stream, row.m);
    if (t < 0) continue;
    float *y = v_output(c, direction, row, t);
    for (int64_t v = 0; v < c->vectors; v++) {
      const vf sum = v_load(sums + i * c->width + v * SLUICE_WIDTH);
      const vf h = usual ? v_tanh(sum) : v_activated(f, c->p->clip, sum);
      v_store(hidden + i * c->width + v * SLUICE_WIDTH, h);
      if (y) v_store_units(c, y, v, h);
    }
  }
}

static int32_t v_rnn(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_RNN, v_rnn_step);
}

#endif
