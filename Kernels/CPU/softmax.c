// Softmax of float32 by the vector kernels: Vector/softmax.h.
#include "kernel.h"

int32_t sluice_softmax(const void *parameters, void *const *operands) {
  return sluice_kernels()->softmax(parameters, operands);
}

int32_t sluice_log_softmax(const void *parameters, void *const *operands) {
  return sluice_kernels()->log_softmax(parameters, operands);
}
