// What depends on order along lines of `length` elements, `inner` apart: running sums, the position
// of the maximum, the k best.
//
//     cumulative sum   y_i = Σ_{j ≤ i} x_j, or j < i (exclusive), or from the end (reverse);
//                      floats in double, each partial sum rounded once
//     argmax           the first (or last) of equal maxima; NaN is the greatest
//     top k            heap sort of positions: best first, ties by lower position; NaN is the greatest
#include "kernel.h"

#define SCAN(tag, suffix, T, R) \
  static int32_t cumulative_sum_##suffix(const void *parameters, void *const *operands) { \
    const sluice_scan_parameters *p = parameters; \
    const sluice_lines_parameters l = p->lines; \
    const T *x = operands[0]; \
    T *y = operands[1]; \
    for (int64_t line = 0; line < l.outer * l.inner; line++) { \
      const int64_t start = line / l.inner * l.length * l.inner + line % l.inner; \
      R sum = 0; \
      for (int64_t i = 0; i < l.length; i++) { \
        const int64_t at = start + (p->reverse ? l.length - 1 - i : i) * l.inner; \
        const R next = sum + (R)x[at]; \
        y[at] = (T)(p->exclusive ? sum : next); \
        sum = next; \
      } \
    } \
    return SLUICE_OK; \
  }
SCAN(F32, f32, float, double)
SCAN(F64, f64, double, double)
SCAN(I32, i32, int32_t, uint64_t)
SCAN(I64, i64, int64_t, uint64_t)

sluice_kernel sluice_cumulative_sum_kernel(sluice_type type) {
  switch (type) {
    case SLUICE_F32: return cumulative_sum_f32;
    case SLUICE_F64: return cumulative_sum_f64;
    case SLUICE_I32: case SLUICE_U32: return cumulative_sum_i32;
    case SLUICE_I64: case SLUICE_U64: return cumulative_sum_i64;
    default: return NULL;
  }
}

#define GREATER(a, b) ((a) > (b) || ((a) != (a) && (b) == (b)))

#define ARGMAX(tag, suffix, T) \
  static int32_t argmax_##suffix(const void *parameters, void *const *operands) { \
    const sluice_argmax_parameters *p = parameters; \
    const sluice_lines_parameters l = p->lines; \
    const T *x = operands[0]; \
    int64_t *y = operands[1]; \
    for (int64_t line = 0; line < l.outer * l.inner; line++) { \
      const T *values = x + line / l.inner * l.length * l.inner + line % l.inner; \
      int64_t best = 0; \
      for (int64_t i = 1; i < l.length; i++) { \
        const T value = values[i * l.inner], top = values[best * l.inner]; \
        if (GREATER(value, top) || (p->select_last && value == top)) best = i; \
      } \
      y[line] = best; \
    } \
    return SLUICE_OK; \
  }
SLUICE_NUMBERS(ARGMAX)

sluice_kernel sluice_argmax_kernel(sluice_type type) {
#define ARGMAX_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) return argmax_##suffix;
  SLUICE_NUMBERS(ARGMAX_CASE)
  return NULL;
}

// A heap whose root is the best position; `precedes(a, b)`: a comes before b in the result.
#define TOPK(tag, suffix, T) \
  static int precedes_##suffix(const T *x, int64_t step, int largest, int64_t a, int64_t b) { \
    const T s = x[a * step], t = x[b * step]; \
    if (GREATER(s, t)) return largest; \
    if (GREATER(t, s)) return !largest; \
    return a < b; \
  } \
  static void sift_##suffix( \
      const T *x, int64_t step, int largest, int64_t *heap, int64_t root, int64_t count) { \
    for (int64_t child; (child = 2 * root + 1) < count; root = child) { \
      if (child + 1 < count && precedes_##suffix(x, step, largest, heap[child + 1], heap[child])) \
        child++; \
      if (!precedes_##suffix(x, step, largest, heap[child], heap[root])) return; \
      const int64_t kept = heap[root]; \
      heap[root] = heap[child]; \
      heap[child] = kept; \
    } \
  } \
  static int32_t topk_##suffix(const void *parameters, void *const *operands) { \
    const sluice_topk_parameters *p = parameters; \
    const sluice_lines_parameters l = p->lines; \
    T *values = operands[1]; \
    int64_t *indices = operands[2], *heap = operands[3]; \
    for (int64_t line = 0; line < l.outer * l.inner; line++) { \
      const T *x = (const T *)operands[0] + line / l.inner * l.length * l.inner + line % l.inner; \
      const int64_t target = line / l.inner * p->k * l.inner + line % l.inner; \
      for (int64_t i = 0; i < l.length; i++) heap[i] = i; \
      for (int64_t i = l.length / 2; i-- > 0;) \
        sift_##suffix(x, l.inner, p->largest, heap, i, l.length); \
      for (int64_t rank = 0, left = l.length; rank < p->k; rank++) { \
        if (values) values[target + rank * l.inner] = x[heap[0] * l.inner]; \
        if (indices) indices[target + rank * l.inner] = heap[0]; \
        heap[0] = heap[--left]; \
        sift_##suffix(x, l.inner, p->largest, heap, 0, left); \
      } \
    } \
    return SLUICE_OK; \
  }
SLUICE_NUMBERS(TOPK)

sluice_kernel sluice_topk_kernel(sluice_type type) {
#define TOPK_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) return topk_##suffix;
  SLUICE_NUMBERS(TOPK_CASE)
  return NULL;
}
