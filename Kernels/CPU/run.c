// Walks a flat array of operations over the streams that step together.
#include "kernel.h"

static void resolve(const sluice_op *op, const sluice_streams *streams, int64_t stream) {
  char *const *bases = streams->bases[stream];
  void **row = (void **)streams->rows[stream];
  for (int64_t j = 0; j < op->operand_count; j++) {
    const sluice_operand *operand = &op->operands[j];
    row[j] = operand->base < 0 ? NULL : bases[operand->base] + operand->offset;
  }
}

static int32_t run_one(const sluice_op *op, const sluice_streams *streams, int64_t stream) {
  resolve(op, streams, stream);
  return op->kernel ? op->kernel(op->parameters, streams->rows[stream])
                    : op->batch(op->parameters, &streams->rows[stream], 1);
}

/// Operations `first ..< end`, none of which takes several streams, stream by stream.
static int32_t run_streams(
    const sluice_op *ops, int64_t first, int64_t end, const sluice_streams *streams,
    sluice_failure *failure) {
  for (int64_t s = 0; s < streams->count; s++) {
    for (int64_t i = first; i < end; i++) {
      const int32_t status = run_one(&ops[i], streams, s);
      if (status != SLUICE_OK) {
        *failure = (sluice_failure){.op = i, .stream = s};
        return status;
      }
    }
  }
  return SLUICE_OK;
}

static int is_batch(const sluice_op *op) { return op->batch && !op->separately; }

int32_t sluice_run(
    const sluice_op *ops, int64_t count, const sluice_streams *streams, sluice_failure *failure) {
  for (int64_t i = 0; i < count;) {
    int64_t end = i;
    while (end < count && !(is_batch(&ops[end]) && streams->count > 1)) end++;
    int32_t status = run_streams(ops, i, end, streams, failure);
    if (status != SLUICE_OK) return status;
    if (end == count) return SLUICE_OK;
    for (int64_t s = 0; s < streams->count; s++) resolve(&ops[end], streams, s);
    status = ops[end].batch(ops[end].parameters, streams->rows, streams->count);
    if (status != SLUICE_OK) {
      *failure = (sluice_failure){.op = end, .stream = 0};
      return status;
    }
    i = end + 1;
  }
  return SLUICE_OK;
}
