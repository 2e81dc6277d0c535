// Packing while a stream runs, for weights that are not known at load: the functions of sluice_packed.h
// and sluice_windows.h as operations.
#include "kernel.h"

int32_t sluice_pack_matrix_call(const void *parameters, void *const *operands) {
  const sluice_pack_matrix_parameters *p = parameters;
  sluice_pack(
      operands[0], p->outputs, p->inputs, p->output_stride, p->input_stride, operands[1]);
  return SLUICE_OK;
}

int32_t sluice_pack_gates_call(const void *parameters, void *const *operands) {
  const sluice_pack_gates_parameters *p = parameters;
  const int64_t gates = p->cell == SLUICE_CELL_GRU ? 3 : p->cell == SLUICE_CELL_LSTM ? 4 : 1;
  const int64_t packed = sluice_packed_gates_floats(p->cell, p->hidden, p->inputs);
  const float *w = operands[0];
  float *target = operands[1];
  for (int64_t d = 0; d < p->directions; d++) {
    sluice_pack_gates(
        p->cell, w + d * gates * p->hidden * p->inputs, p->hidden, p->inputs, target + d * packed);
  }
  return SLUICE_OK;
}

int32_t sluice_pack_state_gates_call(const void *parameters, void *const *operands) {
  const sluice_pack_gates_parameters *p = parameters;
  const int64_t gates = p->cell == SLUICE_CELL_GRU ? 3 : p->cell == SLUICE_CELL_LSTM ? 4 : 1;
  const int64_t packed = sluice_packed_gates_floats(p->cell, p->hidden, p->hidden);
  const float *u = operands[0];
  float *target = operands[1];
  for (int64_t d = 0; d < p->directions; d++) {
    sluice_pack_state_gates(
        p->cell, u + d * gates * p->hidden * p->hidden, p->hidden, p->reset_after,
        target + d * packed);
  }
  return SLUICE_OK;
}

int32_t sluice_pack_bias_call(const void *parameters, void *const *operands) {
  const sluice_pack_gates_parameters *p = parameters;
  const int64_t gates = p->cell == SLUICE_CELL_GRU ? 3 : p->cell == SLUICE_CELL_LSTM ? 4 : 1;
  const int64_t packed = sluice_packed_bias_floats(p->cell, p->hidden);
  const float *bias = operands[0];
  float *target = operands[1];
  for (int64_t d = 0; d < p->directions; d++) {
    sluice_pack_bias(
        p->cell, bias ? bias + d * 2 * gates * p->hidden : NULL, p->hidden, p->reset_after,
        target + d * packed);
  }
  return SLUICE_OK;
}

int32_t sluice_pack_convolution_call(const void *parameters, void *const *operands) {
  sluice_convolution_pack(parameters, operands[0], operands[1]);
  return SLUICE_OK;
}
