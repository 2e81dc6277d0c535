// Walks a flat array of operations over one stream.
#include "kernel.h"

int32_t sluice_run(
    const sluice_op *ops, int64_t count, char *const *bases, void **pointers, int64_t *failed) {
  for (int64_t i = 0; i < count; i++) {
    const sluice_op *op = &ops[i];
    for (int64_t j = 0; j < op->operand_count; j++) {
      const sluice_operand *operand = &op->operands[j];
      pointers[j] = operand->base < 0 ? NULL : bases[operand->base] + operand->offset;
    }
    int32_t status = op->kernel(op->parameters, pointers);
    if (status != SLUICE_OK) {
      *failed = i;
      return status;
    }
  }
  return SLUICE_OK;
}
