// Elements put elsewhere, by their size only.
//
//     copy         target[Σ i_d · target_d] = source[Σ i_d · source_d]: transpose, slice, expand,
//                  concat, split (strides in bytes, negative ones for slices that run backward)
//     table copy   target[i, j, …] = source[table_0[i] + table_1[j] + …], the fill where an entry is
//                  −1: pad of every mode, tile, nearest neighbours
#include "kernel.h"

#define COPY_ROW(T) \
  for (int64_t i = 0; i < length; i++) { \
    *(T *)(to + i * target_step) = *(const T *)(from + i * source_step); \
  }

static void copy_row(
    const char *from, int64_t source_step, char *to, int64_t target_step, int64_t length,
    int64_t bytes) {
  if (source_step == bytes && target_step == bytes) {
    memcpy(to, from, (size_t)(length * bytes));
    return;
  }
  switch (bytes) {
    case 1: COPY_ROW(uint8_t) break;
    case 2: COPY_ROW(uint16_t) break;
    case 4: COPY_ROW(uint32_t) break;
    default: COPY_ROW(uint64_t) break;
  }
}

int32_t sluice_copy(const void *parameters, void *const *operands) {
  const sluice_copy_parameters *p = parameters;
  const char *source = operands[0];
  char *target = operands[1];
  const int64_t outer = p->rank - 1, rows = sluice_product(p->sizes, outer);
  int64_t index[SLUICE_RANK] = {0}, other[SLUICE_RANK] = {0}, from = 0, to = 0;
  if (p->sizes[outer] == 0) return SLUICE_OK;
  for (int64_t row = 0; row < rows; row++) {
    copy_row(
        source + from, p->source[outer], target + to, p->target[outer], p->sizes[outer],
        p->element_bytes);
    sluice_advance(index, p->sizes, outer, p->source, &from);
    sluice_advance(other, p->sizes, outer, p->target, &to);
  }
  return SLUICE_OK;
}

#define TABLE_ROW(T) \
  for (int64_t i = 0; i < length; i++) { \
    const int is_fill = base < 0 || last[i] < 0; \
    ((T *)target)[i] = is_fill ? *(const T *)fill : ((const T *)source)[base + last[i]]; \
  }

int32_t sluice_table_copy(const void *parameters, void *const *operands) {
  static const uint64_t zero = 0;
  const sluice_table_copy_parameters *p = parameters;
  const char *source = operands[0];
  const int64_t *tables = operands[1];
  const void *fill = operands[2] ? operands[2] : &zero;
  char *target = operands[3];
  const int64_t outer = p->rank - 1, length = p->sizes[outer];
  const int64_t rows = sluice_product(p->sizes, outer);
  const int64_t *starts[SLUICE_RANK];
  for (int64_t d = 0; d < p->rank; d++) {
    starts[d] = tables;
    tables += p->sizes[d];
  }
  const int64_t *last = starts[outer];
  int64_t index[SLUICE_RANK] = {0};
  for (int64_t row = 0; row < rows; row++, target += length * p->element_bytes) {
    int64_t base = 0;
    for (int64_t d = 0; d < outer; d++) {
      const int64_t entry = starts[d][index[d]];
      base = base < 0 || entry < 0 ? -1 : base + entry;
    }
    switch (p->element_bytes) {
      case 1: TABLE_ROW(uint8_t) break;
      case 2: TABLE_ROW(uint16_t) break;
      case 4: TABLE_ROW(uint32_t) break;
      default: TABLE_ROW(uint64_t) break;
    }
    for (int64_t d = outer - 1; d >= 0 && ++index[d] == p->sizes[d]; d--) index[d] = 0;
  }
  return SLUICE_OK;
}
