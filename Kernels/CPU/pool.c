// Pools over up to three spatial axes of `planes` = N · C planes:
//
//     average   Σ over the taps inside the input, in double, / their number; with count_include_pad
//               the number of taps inside the padded input; 0 where there is none
//     maximum   of the taps inside the input, NaN wins, the first of equals; its flat index counts
//               over X [planes, …], or with column_major the spatial axes the other way round
//
// Averages, and maxima of float32 without indices, are Vector/pool.h.
#include "window.h"

/// The taps of the output position `o`, row-major over the outputs.
static void spans(const sluice_window *axes, int64_t o, sluice_span *s, int64_t *start) {
  const int64_t at[3] = {
      o / axes[2].output / axes[1].output, o / axes[2].output % axes[1].output,
      o % axes[2].output};
  for (int d = 0; d < 3; d++) {
    s[d] = sluice_span_of(&axes[d], at[d]);
    start[d] = at[d] * axes[d].stride - axes[d].begin;
  }
}

static int64_t flat_index(const sluice_pool_parameters *p, int64_t z, int64_t h, int64_t v) {
  const sluice_window *w = p->axes;
  return p->column_major ? (v * w[1].input + h) * w[0].input + z
                         : (z * w[1].input + h) * w[2].input + v;
}

#define MAX_POOL(suffix, T, lowest) \
  static int32_t max_pool_##suffix(const void *parameters, void *const *operands) { \
    const sluice_pool_parameters *p = parameters; \
    const sluice_window *w = p->axes; \
    const T *x = operands[0]; \
    T *y = operands[1]; \
    int64_t *indices = operands[2]; \
    const int64_t inputs = sluice_window_inputs(w), outputs = sluice_window_outputs(w); \
    for (int64_t plane = 0; plane < p->planes; plane++, x += inputs) { \
      for (int64_t o = 0; o < outputs; o++) { \
        sluice_span s[3]; \
        int64_t start[3], best = -1; \
        spans(w, o, s, start); \
        T top = lowest; \
        for (int64_t i = s[0].first; i < s[0].end; i++) { \
          const int64_t z = start[0] + i * w[0].dilation; \
          for (int64_t j = s[1].first; j < s[1].end; j++) { \
            const int64_t h = start[1] + j * w[1].dilation; \
            for (int64_t k = s[2].first; k < s[2].end; k++) { \
              const int64_t v = start[2] + k * w[2].dilation; \
              const T value = x[(z * w[1].input + h) * w[2].input + v]; \
              if (best < 0 || value > top || (value != value && top == top)) { \
                top = value; \
                best = plane * inputs + flat_index(p, z, h, v); \
              } \
            } \
          } \
        } \
        if (y) *y++ = top; \
        if (indices) *indices++ = best; \
      } \
    } \
    return SLUICE_OK; \
  }
MAX_POOL(indexed_f32, float, -INFINITY)
MAX_POOL(f64, double, -INFINITY)
MAX_POOL(i8, int8_t, INT8_MIN)
MAX_POOL(u8, uint8_t, 0)
MAX_POOL(i16, int16_t, INT16_MIN)
MAX_POOL(u16, uint16_t, 0)
MAX_POOL(i32, int32_t, INT32_MIN)
MAX_POOL(u32, uint32_t, 0)
MAX_POOL(i64, int64_t, INT64_MIN)
MAX_POOL(u64, uint64_t, 0)

static int32_t max_pool_f32(const void *parameters, void *const *operands) {
  if (operands[2]) return max_pool_indexed_f32(parameters, operands);
  return sluice_kernels()->max_pool(parameters, operands);
}

sluice_kernel sluice_max_pool_kernel(sluice_type type) {
#define MAX_POOL_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) return max_pool_##suffix;
  SLUICE_NUMBERS(MAX_POOL_CASE)
  return NULL;
}
