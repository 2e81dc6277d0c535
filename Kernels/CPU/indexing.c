// Reading and writing where other values say. An index counts from the end if negative; outside
// −size ..< size it is refused before anything is read there.
//
//     gather            y[o, j, :] = x[o, index[j], :]
//     gather elements   y[…, i, …] = x[…, index[…, i, …], …] along one axis
//     scatter           y = x; then for each row r of the indices, in order,
//                       y[index[r], :] = update[r, :], or combined with it
#include "kernel.h"

static inline int64_t load_index(const void *indices, int64_t bytes, int64_t at) {
  return bytes == 4 ? ((const int32_t *)indices)[at] : ((const int64_t *)indices)[at];
}

/// The place of `index` along an axis of `size`; −1 if it has none.
static inline int64_t place(int64_t index, int64_t size) {
  if (index < -size || index >= size) return -1;
  return index < 0 ? index + size : index;
}

int32_t sluice_gather(const void *parameters, void *const *operands) {
  const sluice_gather_parameters *p = parameters;
  const char *x = operands[0];
  const void *indices = operands[1];
  char *y = operands[2];
  for (int64_t o = 0; o < p->outer; o++, x += p->axis * p->inner_bytes) {
    for (int64_t j = 0; j < p->index_count; j++, y += p->inner_bytes) {
      const int64_t from = place(load_index(indices, p->index_bytes, j), p->axis);
      if (from < 0) return SLUICE_INDEX_OUT_OF_RANGE;
      memcpy(y, x + from * p->inner_bytes, (size_t)p->inner_bytes);
    }
  }
  return SLUICE_OK;
}

int32_t sluice_gather_elements(const void *parameters, void *const *operands) {
  const sluice_gather_elements_parameters *p = parameters;
  const char *x = operands[0];
  const void *indices = operands[1];
  char *y = operands[2];
  const int64_t count = sluice_product(p->sizes, p->rank);
  const int64_t step = p->strides[p->axis];
  int64_t strides[SLUICE_RANK], index[SLUICE_RANK] = {0}, offset = 0;
  for (int64_t d = 0; d < p->rank; d++) strides[d] = d == p->axis ? 0 : p->strides[d];
  for (int64_t i = 0; i < count; i++) {
    const int64_t from = place(load_index(indices, p->index_bytes, i), p->axis_size);
    if (from < 0) return SLUICE_INDEX_OUT_OF_RANGE;
    const char *element = x + (offset + from * step) * p->element_bytes;
    memcpy(y + i * p->element_bytes, element, (size_t)p->element_bytes);
    sluice_advance(index, p->sizes, p->rank, strides, &offset);
  }
  return SLUICE_OK;
}

/// Offset in elements of the slice that row `row` of the indices names; −1 if there is none.
static int64_t slice_start(
    const sluice_scatter_parameters *p, const void *indices, int64_t row) {
  int64_t start = 0;
  for (int64_t d = 0; d < p->depth; d++) {
    const int64_t at = place(load_index(indices, p->index_bytes, row * p->depth + d), p->sizes[d]);
    if (at < 0) return -1;
    start += at * p->strides[d];
  }
  return start;
}

static int32_t scatter_replace(const void *parameters, void *const *operands) {
  const sluice_scatter_parameters *p = parameters;
  const char *updates = operands[2];
  char *y = operands[3];
  const size_t bytes = (size_t)(p->length * p->element_bytes);
  memcpy(y, operands[0], (size_t)(p->count * p->element_bytes));
  for (int64_t row = 0; row < p->rows; row++) {
    const int64_t start = slice_start(p, operands[1], row);
    if (start < 0) return SLUICE_INDEX_OUT_OF_RANGE;
    memcpy(y + start * p->element_bytes, updates + row * (int64_t)bytes, bytes);
  }
  return SLUICE_OK;
}

#define SCATTER(name, T, expression) \
  static int32_t name(const void *parameters, void *const *operands) { \
    const sluice_scatter_parameters *p = parameters; \
    const T *updates = operands[2]; \
    T *y = operands[3]; \
    memcpy(y, operands[0], (size_t)p->count * sizeof(T)); \
    for (int64_t row = 0; row < p->rows; row++) { \
      const int64_t start = slice_start(p, operands[1], row); \
      if (start < 0) return SLUICE_INDEX_OUT_OF_RANGE; \
      for (int64_t i = 0; i < p->length; i++) { \
        const T s = y[start + i], t = updates[row * p->length + i]; \
        y[start + i] = (expression); \
      } \
    } \
    return SLUICE_OK; \
  }
#define SCATTERS(suffix, T, W) \
  SCATTER(scatter_add_##suffix, T, (T)((W)s + (W)t)) \
  SCATTER(scatter_mul_##suffix, T, (T)((W)s * (W)t)) \
  SCATTER(scatter_max_##suffix, T, s != s ? s : (t > s || t != t) ? t : s) \
  SCATTER(scatter_min_##suffix, T, s != s ? s : (t < s || t != t) ? t : s)
#define FLOAT_SCATTERS(tag, suffix, T) SCATTERS(suffix, T, T)
#define INTEGER_SCATTERS(tag, suffix, T) SCATTERS(suffix, T, uint64_t)
SLUICE_FLOATS(FLOAT_SCATTERS)
SLUICE_INTEGERS(INTEGER_SCATTERS)

sluice_kernel sluice_scatter_kernel(sluice_scatter reduction, sluice_type type) {
  if (reduction == SLUICE_SCATTER_NONE) return scatter_replace;
#define SCATTER_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) { \
    return reduction == SLUICE_SCATTER_ADD   ? scatter_add_##suffix \
           : reduction == SLUICE_SCATTER_MUL ? scatter_mul_##suffix \
           : reduction == SLUICE_SCATTER_MAX ? scatter_max_##suffix \
                                             : scatter_min_##suffix; \
  }
  SLUICE_NUMBERS(SCATTER_CASE)
  return NULL;
}
