// Long short-term memory; equations and layouts are those of Swift's `LSTM` and `Recurrence`. Gates
// lie i, f, g, o; peepholes i, f, o; f, g and h are the direction's activations.
//
//     i = f(W_i x + b_i + U_i h + c_i + p_i ⊙ c)      f likewise, or 1 − i where coupled
//     g = g(W_g x + b_g + U_g h + c_g)
//     c' = f ⊙ c + i ⊙ g
//     o = f(W_o x + b_o + U_o h + c_o + p_o ⊙ c')     h' = o ⊙ h(c')
//
// Sums are ((W x + b) + (U h + c)) + p ⊙ c; each product is OpenBLAS's over one stream. The clip limits
// what goes into the gates, not the cell that goes into h (as ONNX Runtime does).
#include "recurrence.h"

static void add_peephole(const float *peephole, const float *cell, float *gate, int64_t count) {
  for (int64_t i = 0; peephole && i < count; i++) gate[i] = gate[i] + peephole[i] * cell[i];
}

/// One row: `u` holds U h and becomes the gates; `spare` [H] is overwritten.
static void step_row(
    const sluice_direction *d, const float *x, const float *peepholes, float *u, float *hidden,
    float *cell, float *spare) {
  const int64_t h = d->p->hidden;
  const float clip = d->p->clip;
  const sluice_activation *f = d->activations;
  float *input = u, *forget = u + h, *candidate = u + 2 * h, *output = u + 3 * h;
  sluice_gate_sum(x, d->bias, u, d->u_bias, u, 4 * h);
  add_peephole(peepholes, cell, input, h);
  sluice_activate(&f[0], clip, input, h);
  if (d->p->option) {
    for (int64_t i = 0; i < h; i++) forget[i] = 1 - input[i];
  } else {
    add_peephole(peepholes ? peepholes + h : NULL, cell, forget, h);
    sluice_activate(&f[0], clip, forget, h);
  }
  sluice_activate(&f[1], clip, candidate, h);
  for (int64_t i = 0; i < h; i++) cell[i] = forget[i] * cell[i] + input[i] * candidate[i];
  add_peephole(peepholes ? peepholes + 2 * h : NULL, cell, output, h);
  sluice_activate(&f[0], clip, output, h);
  memcpy(spare, cell, (size_t)h * sizeof(float));
  sluice_activate(&f[2], INFINITY, spare, h);
  for (int64_t i = 0; i < h; i++) hidden[i] = output[i] * spare[i];
}

static void step(const sluice_direction *d, const float *peepholes, int64_t s) {
  const sluice_recurrence_parameters *p = d->p;
  const int64_t h = p->hidden;
  sluice_rows_by_weights(d->hidden, p->rows, d->u, 4 * h, h, d->u_products);
  for (int64_t m = 0; m < p->rows; m++) {
    const int64_t t = sluice_position(d, s, m);
    if (t < 0) continue;
    float *u = d->u_products + m * 4 * h;
    // Once the candidate is in the cell its place serves for h(c').
    step_row(
        d, sluice_x_product(d, s, t, m), peepholes, u, d->hidden + m * h, d->cell + m * h,
        u + 2 * h);
    sluice_emit(d, t, m);
  }
}

int32_t sluice_lstm(const void *parameters, void *const *operands) {
  const sluice_recurrence_parameters *p = parameters;
  const float *initial_cell = operands[6];
  const float *peepholes = operands[7];
  float *last = operands[9];
  float *last_cell = operands[10];
  const int64_t state = p->rows * p->hidden;
  const size_t bytes = (size_t)state * sizeof(float);
  const int32_t status = sluice_check_lengths(p, operands[4]);
  if (status != SLUICE_OK) return status;
  for (int64_t i = 0; i < p->directions; i++) {
    sluice_direction d = sluice_begin_direction(p, 4, i, operands, operands[8], operands[11]);
    d.activations = p->activations + 3 * i;
    if (initial_cell) {
      memcpy(d.cell, initial_cell + i * state, bytes);
    } else {
      memset(d.cell, 0, bytes);
    }
    for (int64_t s = 0; s < p->length; s++) {
      sluice_prepare_step(&d, s);
      step(&d, peepholes ? peepholes + i * 3 * p->hidden : NULL, s);
    }
    if (last) memcpy(last + i * state, d.hidden, bytes);
    if (last_cell) memcpy(last_cell + i * state, d.cell, bytes);
  }
  return SLUICE_OK;
}
