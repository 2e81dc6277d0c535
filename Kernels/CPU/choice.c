// Choosing elements: y = condition ? a : b, y = min(max(x, minimum), maximum).
#include "kernel.h"

#define WHERE(name, T) \
  static int32_t name(const void *parameters, void *const *operands) { \
    const sluice_broadcast_parameters *p = parameters; \
    const uint8_t *condition = operands[0]; \
    const T *a = operands[1]; \
    const T *b = operands[2]; \
    T *y = operands[3]; \
    const int64_t outer = p->rank - 1, length = p->sizes[outer]; \
    const int64_t rows = sluice_product(p->sizes, outer); \
    const int64_t c_step = p->a[outer], a_step = p->b[outer], b_step = p->c[outer]; \
    int64_t i0[SLUICE_RANK] = {0}, i1[SLUICE_RANK] = {0}, i2[SLUICE_RANK] = {0}; \
    int64_t c_row = 0, a_row = 0, b_row = 0; \
    for (int64_t row = 0; row < rows; row++, y += length) { \
      for (int64_t i = 0; i < length; i++) { \
        y[i] = condition[c_row + i * c_step] ? a[a_row + i * a_step] : b[b_row + i * b_step]; \
      } \
      sluice_advance(i0, p->sizes, outer, p->a, &c_row); \
      sluice_advance(i1, p->sizes, outer, p->b, &a_row); \
      sluice_advance(i2, p->sizes, outer, p->c, &b_row); \
    } \
    return SLUICE_OK; \
  }

WHERE(where_1, uint8_t)
WHERE(where_2, uint16_t)
WHERE(where_4, uint32_t)
WHERE(where_8, uint64_t)

sluice_kernel sluice_where_kernel(int64_t element_bytes) {
  switch (element_bytes) {
    case 1: return where_1;
    case 2: return where_2;
    case 4: return where_4;
    case 8: return where_8;
    default: return NULL;
  }
}

// Where the limits cross, the maximum wins; NaN stays, and a limit that is NaN gives NaN.
#define CLIP(tag, suffix, T) \
  static int32_t clip_##suffix(const void *parameters, void *const *operands) { \
    const sluice_count_parameters *p = parameters; \
    const T *x = operands[0]; \
    const T *low = operands[1]; \
    const T *high = operands[2]; \
    T *y = operands[3]; \
    for (int64_t i = 0; i < p->count; i++) { \
      T value = x[i]; \
      if (low && value == value && (*low > value || *low != *low)) value = *low; \
      if (high && value == value && (*high < value || *high != *high)) value = *high; \
      y[i] = value; \
    } \
    return SLUICE_OK; \
  }
SLUICE_NUMBERS(CLIP)

sluice_kernel sluice_clip_kernel(sluice_type type) {
#define CLIP_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) return clip_##suffix;
  SLUICE_NUMBERS(CLIP_CASE)
  return NULL;
}
