// Normalisation of float32 by the vector kernels: Vector/normalization.h.
#include "kernel.h"

int32_t sluice_layer_norm(const void *parameters, void *const *operands) {
  void *const all[] = {operands[0], operands[1], operands[2], NULL,
                       operands[3], operands[4], operands[5]};
  return sluice_kernels()->layer_norm(parameters, all);
}

int32_t sluice_group_norm(const void *parameters, void *const *operands) {
  return sluice_kernels()->group_norm(parameters, operands);
}

int32_t sluice_batch_norm(const void *parameters, void *const *operands) {
  return sluice_kernels()->batch_norm(parameters, operands);
}
