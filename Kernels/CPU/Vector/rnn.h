// Elman network over packed weights, driver in recurrence.h: h' = f(b + W x + U h), b sums both biases.
#ifndef SLUICE_VECTOR_RNN_H
#define SLUICE_VECTOR_RNN_H

#include "recurrence.h"

V_INLINE void v_rnn_products(const v_batch *b, const v_direction *d, int64_t step) {
  v_state_products(b, d, 1, step);
}

V_INLINE void v_rnn_update(const v_batch *b, const v_direction *d, int64_t step) {
  for (int64_t i = 0; i < b->rows; i++) {
    const int64_t t = v_position(b, d, step, i);
    if (t < 0) continue;
    float *hidden = d->hidden + i * b->width, *y = v_output(b, d, i, t);
    for (int64_t v = 0; v < b->vectors; v++) {
      const vf sum = v_load(d->list.out[i] + v * SLUICE_WIDTH);
      const vf h = d->usual ? v_tanh(sum) : v_activated(d->f, b->p->clip, sum);
      v_store(hidden + v * SLUICE_WIDTH, h);
      if (y) v_store_units(b, y, v, h);
    }
  }
}

static int32_t v_rnn(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_RNN, v_rnn_products, v_rnn_update);
}

#endif
