// Elman network, layouts as Swift's `RNN` and `Recurrence`: h' = f((W x + b) + (U h + c)).
#include "recurrence.h"

int32_t sluice_rnn(const void *parameters, void *const *operands) {
  const sluice_recurrence_parameters *p = parameters;
  float *last = operands[7];
  const int64_t h = p->hidden, state = p->rows * h;
  const int32_t status = sluice_check_lengths(p, operands[4]);
  if (status != SLUICE_OK) return status;
  for (int64_t i = 0; i < p->directions; i++) {
    sluice_direction d = sluice_begin_direction(p, 1, i, operands, operands[6], operands[8]);
    d.activations = p->activations + i;
    for (int64_t s = 0; s < p->length; s++) {
      sluice_prepare_step(&d, s);
      sluice_rows_by_weights(d.hidden, p->rows, d.u, h, h, d.u_products);
      for (int64_t m = 0; m < p->rows; m++) {
        const int64_t t = sluice_position(&d, s, m);
        if (t < 0) continue;
        float *row = d.hidden + m * h;
        sluice_gate_sum(
            sluice_x_product(&d, s, t, m), d.bias, d.u_products + m * h, d.u_bias, row, h);
        sluice_activate(d.activations, p->clip, row, h);
        sluice_emit(&d, t, m);
      }
    }
    if (last) memcpy(last + i * state, d.hidden, (size_t)state * sizeof(float));
  }
  return SLUICE_OK;
}
