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
    const v_recurrence *c, const float *peepholes, int64_t gate, int64_t v, vf cell, vf sum) {
  if (!peepholes) return sum;
  const int64_t unit = v * SLUICE_WIDTH, left = c->p->hidden - unit;
  const float *peephole = peepholes + gate * c->p->hidden + unit;
  const vf weight = v_load_part(peephole, left < SLUICE_WIDTH ? left : SLUICE_WIDTH);
  return v_fma(weight, cell, sum);
}

V_INLINE void v_lstm_row(
    const v_recurrence *c, const sluice_activation *f, const float *peepholes, int usual,
    const float *sums, float *hidden, float *cells, float *y) {
  const float clip = c->p->clip;
  for (int64_t v = 0; v < c->vectors; v++) {
    const float *slots = sums + v_slot_place(c, v);
    const vf old = v_load(cells + v * SLUICE_WIDTH);
    vf i = v_peep(c, peepholes, 0, v, old, v_load(slots));
    vf forget = v_peep(c, peepholes, 1, v, old, v_load(slots + SLUICE_STRIP));
    vf g = v_load(slots + 2 * SLUICE_STRIP), o = v_load(slots + 3 * SLUICE_STRIP);
    i = usual ? v_sigmoid(i) : v_activated(&f[0], clip, i);
    if (c->p->option) {
      forget = 1.0f - i;
    } else {
      forget = usual ? v_sigmoid(forget) : v_activated(&f[0], clip, forget);
    }
    g = usual ? v_tanh(g) : v_activated(&f[1], clip, g);
    const vf cell = v_fma(forget, old, i * g);
    o = v_peep(c, peepholes, 2, v, cell, o);
    o = usual ? v_sigmoid(o) : v_activated(&f[0], clip, o);
    const vf h = o * (usual ? v_tanh(cell) : v_activated(&f[2], INFINITY, cell));
    v_store(cells + v * SLUICE_WIDTH, cell);
    v_store(hidden + v * SLUICE_WIDTH, h);
    if (y) v_store_units(c, y, v, h);
  }
}

static void v_lstm_step(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t first, int64_t count) {
  const sluice_activation *f = c->p->activations + 3 * direction;
  const int usual = v_usual(f, 3, c->p->clip);
  const float *peepholes = c->operands[0][7];
  if (peepholes) peepholes += direction * 3 * c->p->hidden;
  float *sums = v_sums(c, direction, step, first), *hidden = v_state(c, direction, 0, first);
  float *cells = v_state(c, direction, 1, first);
  const v_product product = v_gate_product(c, v_weights(c, 2, direction), c->p->hidden);
  v_state_products(c, &product, 4, hidden, sums, count);
  v_row row = v_first_row(c, first);
  for (int64_t i = 0; i < count; i++, v_next_row(c, &row)) {
    const int64_t t = v_position(c, direction, step, row.stream, row.m);
    const float *sum = sums + i * c->slots * c->width;
    float *h = hidden + i * c->width, *cell = cells + i * c->width;
    if (t < 0) continue;
    float *y = v_output(c, direction, row, t);
    if (usual) {
      v_lstm_row(c, f, peepholes, 1, sum, h, cell, y);
    } else {
      v_lstm_row(c, f, peepholes, 0, sum, h, cell, y);
    }
  }
}

static int32_t v_lstm(const void *parameters, void *const *const *operands, int64_t streams) {
  return v_recur(parameters, operands, streams, SLUICE_CELL_LSTM, v_lstm_step);
}

#endif
