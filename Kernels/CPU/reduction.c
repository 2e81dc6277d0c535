// One result per index of the kept axes, over all indices of the reduced ones in row-major order.
// Float64 sums, means and l2 norms (√Σx²) are taken as they come; integers wrap around, their mean is
// cut toward zero. Max and min of nothing are what every number beats; NaN wins. Float32 is
// Vector/reduction.h.
#include "kernel.h"

#define REDUCE(name, T, R, start, step, finish) \
  static int32_t name(const void *parameters, void *const *operands) { \
    const sluice_reduce_parameters *p = parameters; \
    const T *x = operands[0]; \
    T *y = operands[1]; \
    const int64_t outputs = sluice_product(p->kept_sizes, p->kept_rank); \
    const int64_t count = sluice_product(p->reduced_sizes, p->reduced_rank); \
    const int64_t outer = p->reduced_rank > 0 ? p->reduced_rank - 1 : 0; \
    const int64_t length = p->reduced_rank > 0 ? p->reduced_sizes[outer] : 1; \
    const int64_t stride = p->reduced_rank > 0 ? p->reduced_strides[outer] : 0; \
    const int64_t rows = count == 0 ? 0 : count / length; \
    int64_t kept[SLUICE_RANK] = {0}, base = 0; \
    for (int64_t output = 0; output < outputs; output++) { \
      int64_t index[SLUICE_RANK] = {0}, offset = base; \
      R sum = (start); \
      for (int64_t row = 0; row < rows; row++) { \
        for (int64_t i = 0; i < length; i++) { \
          const T value = x[offset + i * stride]; \
          sum = (step); \
        } \
        sluice_advance(index, p->reduced_sizes, outer, p->reduced_strides, &offset); \
      } \
      y[output] = (T)(finish); \
      sluice_advance(kept, p->kept_sizes, p->kept_rank, p->kept_strides, &base); \
    } \
    return SLUICE_OK; \
  }

#define LARGER(T) (sum != sum ? sum : (value > sum || value != value) ? value : sum)
#define SMALLER(T) (sum != sum ? sum : (value < sum || value != value) ? value : sum)

#define FLOAT_REDUCTIONS(tag, suffix, T) \
  REDUCE(mean_##suffix, T, double, 0, sum + value, sum / (double)count) \
  REDUCE(sum_##suffix, T, double, 0, sum + value, sum) \
  REDUCE(l2_##suffix, T, double, 0, sum + (double)value * value, sqrt(sum)) \
  REDUCE(max_##suffix, T, T, -INFINITY, LARGER(T), sum) \
  REDUCE(min_##suffix, T, T, INFINITY, SMALLER(T), sum)
FLOAT_REDUCTIONS(F64, f64, double)

// Integer means divide in 64 bits; their reduced axes are never empty (checked by the caller).
#define INTEGER_REDUCTIONS(tag, suffix, T, low, high) \
  REDUCE(sum_##suffix, T, uint64_t, 0, sum + (uint64_t)value, sum) \
  REDUCE(mean_##suffix, T, uint64_t, 0, sum + (uint64_t)value, (int64_t)sum / count) \
  REDUCE(max_##suffix, T, T, low, value > sum ? value : sum, sum) \
  REDUCE(min_##suffix, T, T, high, value < sum ? value : sum, sum)
INTEGER_REDUCTIONS(I8, i8, int8_t, INT8_MIN, INT8_MAX)
INTEGER_REDUCTIONS(U8, u8, uint8_t, 0, UINT8_MAX)
INTEGER_REDUCTIONS(I16, i16, int16_t, INT16_MIN, INT16_MAX)
INTEGER_REDUCTIONS(U16, u16, uint16_t, 0, UINT16_MAX)
INTEGER_REDUCTIONS(I32, i32, int32_t, INT32_MIN, INT32_MAX)
INTEGER_REDUCTIONS(U32, u32, uint32_t, 0, UINT32_MAX)
INTEGER_REDUCTIONS(I64, i64, int64_t, INT64_MIN, INT64_MAX)
INTEGER_REDUCTIONS(U64, u64, uint64_t, 0, UINT64_MAX)
REDUCE(max_bool, uint8_t, uint8_t, 0, value | sum, sum)
REDUCE(min_bool, uint8_t, uint8_t, 1, value & sum, sum)

sluice_kernel sluice_reduce_kernel(sluice_reduction kind, sluice_type type) {
  if (type == SLUICE_BOOL) {
    return kind == SLUICE_REDUCE_MAX ? max_bool : kind == SLUICE_REDUCE_MIN ? min_bool : NULL;
  }
  if (kind == SLUICE_REDUCE_L2) return type == SLUICE_F64 ? l2_f64 : NULL;
#define REDUCE_CASE(tag, suffix, T) \
  if (type == SLUICE_##tag) { \
    return kind == SLUICE_REDUCE_MEAN  ? mean_##suffix \
           : kind == SLUICE_REDUCE_SUM ? sum_##suffix \
           : kind == SLUICE_REDUCE_MAX ? max_##suffix \
                                       : min_##suffix; \
  }
  REDUCE_CASE(F64, f64, double)
  SLUICE_INTEGERS(REDUCE_CASE)
  return NULL;
}
