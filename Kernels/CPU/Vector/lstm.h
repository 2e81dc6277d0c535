// Long short-term memory over packed weights; equations as in Swift's `LSTM`, driver in recurrence.h:
//
//     i = f(b_i + W_i x + U_i h + p_i ⊙ c)      f likewise, or 1 − i where coupled
//     g = g(b_g + W_g x + U_g h)                                                b sums both biases
//     c' = f ⊙ c + i ⊙ g                        one fma after the rounded second product
//     o = f(b_o + W_o x + U_o h + p_o ⊙ c')     h' = o ⊙ h(c')
//
// Peepholes come last in their sums, by fma. The clip limits what goes into the gates, not the cell
// that goes into h (as ONNX Runtime does).
#ifndef SLUICE_VECTOR_LSTM_H
#define SLUICE_VECTOR_LSTM_H

#include "recurrence.h"

/// A gate's sum with its peephole, if there are any: those of `gate` lie [H] behind each other.
V_INLINE vf v_peep(
    const v_batch *b, const float *peepholes, int64_t gate, int64_t v, vf cell, vf sum) {
  if (!peepholes) return sum;
  const int64_t unit = v * SLUICE_WIDTH, left = b->p->hidden - unit;
  const float *peephole = peepholes + gate * b->p->hidden + unit;
  const vf weight = v_load_part(peephole, left < SLUICE_WIDTH ? left : SLUICE_WIDTH);
  return v_fma(weight, cell, sum);
}

V_INLINE void v_lstm_row(
    const v_batch *b, const v_direction *d, int usual, const float *sums, float *hidden,
    float *cells, float *y) {
  const sluice_activation *f = d->f;
  const float clip = b->p->clip, *peepholes = d->peepholes;
  for (int64_t v = 0; v < b->vectors; v++) {
    const float *slots = sums + v_slot_place(b, v);
    const vf old = v_load(cells + v * SLUICE_WIDTH);
    vf i = v_peep(b, peepholes, 0, v, old, v_load(slots));
    vf forget = v_peep(b, peepholes, 1, v, old, v_load(slots + SLUICE_STRIP));
    vf g = v_load(slots + 2 * SLUICE_STRIP), o = v_load(slots + 3 * SLUICE_STRIP);
    i = usual ? v_sigmoid(i) : v_activated(&f[0], clip, i);
    if (b->p->option) {
      forget = 1.0f - i;
    } else {
      forget = usual ? v_sigmoid(forget) : v_activated(&f[0], clip, forget);
    }
    g = usual ? v_tanh(g) : v_activated(&f[1], clip, g);
    const vf cell = v_fma(forget, old, i * g);
    o = v_peep(b, peepholes, 2, v, cell, o);
    o = usual ? v_sigmoid(o) : v_activated(&f[0], clip, o);
    const vf h = o * (usual ? v_tanh(cell) : v_activated(&f[2], INFINITY, cell));
    v_store(cells + v * SLUICE_WIDTH, cell);
    v_store(hidden + v * SLUICE_WIDTH, h);
    if (y) v_store_units(b, y, v, h);
  }
}

V_INLINE void v_lstm_products(const v_batch *b, const v_direction *d, int64_t step) {
  v_state_products(b, d, 4, step);
}

V_INLINE void v_lstm_update(const v_batch *b, const v_direction *d, int64_t step) {
  for (int64_t i = 0; i < b->rows; i++) {
    const int64_t t = v_position(b, d, step, i);
    if (t < 0) continue;
    float *h = d->hidden + i * b->width, *cell = d->cell + i * b->width;
    float *y = v_output(b, d, i, t);
    if (d->usual) {
      v_lstm_row(b, d, 1, d->list.out[i], h, cell, y);
    } else {
      v_lstm_row(b, d, 0, d->list.out[i], h, cell, y);
    }
  }
}

static int32_t v_lstm(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_LSTM, v_lstm_products, v_lstm_update);
}

#endif
