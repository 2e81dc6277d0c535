// Gated recurrent unit; equations and layouts are those of Swift's `GRU` and `Recurrence`. Gates lie
// r, z, n; f and g are the direction's activations.
//
//     r = f(W_r x + b_r + U_r h + c_r)      z = f(W_z x + b_z + U_z h + c_z)
//     n = g(W_n x + b_n + r ⊙ (U_n h + c_n))      reset after the product
//     n = g(W_n x + b_n + U_n (r ⊙ h) + c_n)      otherwise
//     h' = (1 − z) ⊙ n + z ⊙ h
//
// Sums are (W x + b) + (U h + c); each product is OpenBLAS's over one stream.
#include "recurrence.h"

/// r and z of one row, in place of their state products.
static void reset_and_update(const sluice_direction *d, const float *x, float *u) {
  const int64_t h = d->p->hidden;
  sluice_gate_sum(x, d->bias, u, d->u_bias, u, 2 * h);
  sluice_activate(&d->activations[0], d->p->clip, u, 2 * h);
}

/// h' of one row; `n` holds U_n h, or U_n (r ⊙ h).
static void update(
    const sluice_direction *d, const float *x, const float *r, const float *z, float *n, float *h) {
  const int64_t count = d->p->hidden;
  const float *b = d->bias ? d->bias + 2 * count : NULL;
  const float *c = d->u_bias ? d->u_bias + 2 * count : NULL;
  for (int64_t i = 0; i < count; i++) {
    float state = c ? n[i] + c[i] : n[i];
    if (d->p->option) state = r[i] * state;
    n[i] = (b ? x[i] + b[i] : x[i]) + state;
  }
  sluice_activate(&d->activations[1], d->p->clip, n, count);
  for (int64_t i = 0; i < count; i++) h[i] = (1 - z[i]) * n[i] + z[i] * h[i];
}

static void step_reset_after(const sluice_direction *d, int64_t s) {
  const sluice_recurrence_parameters *p = d->p;
  const int64_t h = p->hidden;
  sluice_rows_by_weights(d->hidden, p->rows, d->u, 3 * h, h, d->u_products);
  for (int64_t m = 0; m < p->rows; m++) {
    const int64_t t = sluice_position(d, s, m);
    if (t < 0) continue;
    const float *x = sluice_x_product(d, s, t, m);
    float *u = d->u_products + m * 3 * h;
    reset_and_update(d, x, u);
    update(d, x + 2 * h, u, u + h, u + 2 * h, d->hidden + m * h);
    sluice_emit(d, t, m);
  }
}

/// The candidate's product has to wait for r; the workspace's u_products hold r, z [M, 2·H], then
/// U_n (r ⊙ h) [M, H].
static void step_reset_before(const sluice_direction *d, int64_t s) {
  const sluice_recurrence_parameters *p = d->p;
  const int64_t h = p->hidden;
  float *gates = d->u_products, *candidates = gates + p->rows * 2 * h;
  sluice_rows_by_weights(d->hidden, p->rows, d->u, 2 * h, h, gates);
  for (int64_t m = 0; m < p->rows; m++) {
    const int64_t t = sluice_position(d, s, m);
    float *kept = d->cell + m * h;
    memset(kept, 0, (size_t)h * sizeof(float));
    if (t < 0) continue;
    reset_and_update(d, sluice_x_product(d, s, t, m), gates + m * 2 * h);
    for (int64_t i = 0; i < h; i++) kept[i] = gates[m * 2 * h + i] * d->hidden[m * h + i];
  }
  sluice_rows_by_weights(d->cell, p->rows, d->u + 2 * h * h, h, h, candidates);
  for (int64_t m = 0; m < p->rows; m++) {
    const int64_t t = sluice_position(d, s, m);
    if (t < 0) continue;
    const float *r = gates + m * 2 * h;
    update(
        d, sluice_x_product(d, s, t, m) + 2 * h, r, r + h, candidates + m * h, d->hidden + m * h);
    sluice_emit(d, t, m);
  }
}

int32_t sluice_gru(const void *parameters, void *const *operands) {
  const sluice_recurrence_parameters *p = parameters;
  float *last = operands[7];
  const int64_t state = p->rows * p->hidden;
  const int32_t status = sluice_check_lengths(p, operands[4]);
  if (status != SLUICE_OK) return status;
  for (int64_t i = 0; i < p->directions; i++) {
    sluice_direction d = sluice_begin_direction(p, 3, i, operands, operands[6], operands[8]);
    d.activations = p->activations + 2 * i;
    for (int64_t s = 0; s < p->length; s++) {
      sluice_prepare_step(&d, s);
      if (p->option) {
        step_reset_after(&d, s);
      } else {
        step_reset_before(&d, s);
      }
    }
    if (last) memcpy(last + i * state, d.hidden, (size_t)state * sizeof(float));
  }
  return SLUICE_OK;
}
