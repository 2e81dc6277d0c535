// Packing while a stream runs, for weights that are not known at load: the functions of sluice_packed.h
// and sluice_windows.h as operations.
#include "kernel.h"

static int64_t gates(sluice_cell cell) {
  return cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
}

int32_t sluice_pack_gates_call(const void *parameters, void *const *operands) {
  const sluice_pack_gates_parameters *p = parameters;
  const float *w = operands[0];
  float *packed = operands[1];
  for (int64_t d = 0; d < p->directions; d++) {
    if (p->is_state) {
      sluice_pack_state_gates(p->cell, w, p->hidden, p->reset_after, packed);
    } else {
      sluice_pack_gates(p->cell, w, p->hidden, p->inputs, packed);
    }
    w += gates(p->cell) * p->hidden * p->inputs;
    packed += sluice_packed_gates_floats(p->cell, p->hidden, p->inputs);
  }
  return SLUICE_OK;
}

int32_t sluice_pack_bias_call(const void *parameters, void *const *operands) {
  const sluice_pack_gates_parameters *p = parameters;
  const float *bias = operands[0];
  float *packed = operands[1];
  for (int64_t d = 0; d < p->directions; d++) {
    sluice_pack_bias(p->cell, bias, p->hidden, p->reset_after, packed);
    if (bias) bias += 2 * gates(p->cell) * p->hidden;
    packed += sluice_packed_bias_floats(p->cell, p->hidden);
  }
  return SLUICE_OK;
}

int32_t sluice_pack_convolution_call(const void *parameters, void *const *operands) {
  sluice_convolution_pack(parameters, operands[0], operands[1]);
  return SLUICE_OK;
}
