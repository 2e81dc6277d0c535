// Packing of weights as operations of a step, where they are not known at load. What is written is
// what the functions of the same names in sluice_packed.h and sluice_windows.h write.
#ifndef SLUICE_PACKING_H
#define SLUICE_PACKING_H

#include "sluice_packed.h"
#include "sluice_windows.h"

typedef struct sluice_pack_gates_parameters {
  sluice_cell cell;
  int64_t hidden, inputs, directions;
  int32_t reset_after;
  /// U, `inputs` being H; else W.
  int32_t is_state;
} sluice_pack_gates_parameters;

/// W or U [D, G·H, inputs] -> packed
int32_t sluice_pack_gates_call(const void *parameters, void *const *operands);
/// bias? [D, 2·G·H] -> packed
int32_t sluice_pack_bias_call(const void *parameters, void *const *operands);
/// W -> packed; parameters are those of the convolution.
int32_t sluice_pack_convolution_call(const void *parameters, void *const *operands);

#endif
