// y = a ∘ b over a dense output; a and b are read by strides, 0 along the axes that are repeated
// (NumPy broadcasting). y may be a or b where their strides are dense.
//
//     y[i_0, …, i_r] = a[Σ i_d · a_d] ∘ b[Σ i_d · b_d]
//
// Integers wrap around; a division by the integer 0 is refused, min / −1 is min. Min and max give NaN
// where either is NaN. Powers of float32 go through powf.
#include "kernel.h"

#define BINARY(name, T, R, expression) \
  static int32_t name(const void *parameters, void *const *operands) { \
    const sluice_broadcast_parameters *p = parameters; \
    const T *a = operands[0]; \
    const T *b = operands[1]; \
    R *y = operands[2]; \
    const int64_t outer = p->rank - 1, length = p->sizes[outer]; \
    const int64_t a_step = p->a[outer], b_step = p->b[outer]; \
    const int64_t rows = sluice_product(p->sizes, outer); \
    int64_t index[SLUICE_RANK] = {0}, other[SLUICE_RANK] = {0}, a_row = 0, b_row = 0; \
    for (int64_t row = 0; row < rows; row++, y += length) { \
      const T *u = a + a_row, *v = b + b_row; \
      if (a_step == 1 && b_step == 1) { \
        for (int64_t i = 0; i < length; i++) { \
          const T s = u[i], t = v[i]; \
          y[i] = (expression); \
        } \
      } else if (b_step == 0 && a_step == 1) { \
        const T t = v[0]; \
        for (int64_t i = 0; i < length; i++) { \
          const T s = u[i]; \
          y[i] = (expression); \
        } \
      } else { \
        for (int64_t i = 0; i < length; i++) { \
          const T s = u[i * a_step], t = v[i * b_step]; \
          y[i] = (expression); \
        } \
      } \
      sluice_advance(index, p->sizes, outer, p->a, &a_row); \
      sluice_advance(other, p->sizes, outer, p->b, &b_row); \
    } \
    return SLUICE_OK; \
  }

#define ARITHMETIC(tag, suffix, T, W) \
  BINARY(add_##suffix, T, T, (T)((W)s + (W)t)) \
  BINARY(sub_##suffix, T, T, (T)((W)s - (W)t)) \
  BINARY(mul_##suffix, T, T, (T)((W)s * (W)t)) \
  BINARY(prelu_##suffix, T, T, s < 0 ? (T)((W)t * (W)s) : s)
#define COMPARISON(tag, suffix, T) \
  BINARY(greater_##suffix, T, uint8_t, s > t) \
  BINARY(greater_or_equal_##suffix, T, uint8_t, s >= t) \
  BINARY(less_##suffix, T, uint8_t, s < t) \
  BINARY(less_or_equal_##suffix, T, uint8_t, s <= t) \
  BINARY(equal_##suffix, T, uint8_t, s == t) \
  BINARY(min_##suffix, T, T, s != s ? s : (t < s || t != t) ? t : s) \
  BINARY(max_##suffix, T, T, s != s ? s : (t > s || t != t) ? t : s)
#define FLOAT(tag, suffix, T) ARITHMETIC(tag, suffix, T, T) BINARY(div_##suffix, T, T, s / t)

// Unsigned 64-bit arithmetic wraps as every narrower type does after the cast.
#define INTEGER(tag, suffix, T) \
  ARITHMETIC(tag, suffix, T, uint64_t) \
  BINARY(quotient_##suffix, T, T, (T)-1 < 0 && t == (T)-1 ? (T)(0 - (uint64_t)s) : (T)(s / t)) \
  static int32_t div_##suffix(const void *parameters, void *const *operands) { \
    const sluice_broadcast_parameters *p = parameters; \
    const T *b = operands[1]; \
    if (sluice_product(p->sizes, p->rank) > 0) { \
      int64_t last = 0; \
      for (int64_t d = 0; d < p->rank; d++) last += (p->sizes[d] - 1) * p->b[d]; \
      for (int64_t i = 0; i <= last; i++) { \
        if (b[i] == 0) return SLUICE_DIVISION_BY_ZERO; \
      } \
    } \
    return quotient_##suffix(parameters, operands); \
  }

SLUICE_FLOATS(FLOAT)
SLUICE_INTEGERS(INTEGER)
SLUICE_NUMBERS(COMPARISON)
BINARY(pow_f32, float, float, powf(s, t))
BINARY(equal_bool, uint8_t, uint8_t, s == t)
BINARY(and_bool, uint8_t, uint8_t, s & t)
BINARY(or_bool, uint8_t, uint8_t, s | t)

sluice_kernel sluice_binary_kernel(sluice_binary kind, sluice_type type) {
  if (type == SLUICE_BOOL) {
    return kind == SLUICE_AND ? and_bool : kind == SLUICE_OR ? or_bool
           : kind == SLUICE_EQUAL                            ? equal_bool
                                                             : NULL;
  }
  if (kind == SLUICE_POW) return type == SLUICE_F32 ? pow_f32 : NULL;
#define CASES(tag, suffix, T) \
  if (type == SLUICE_##tag) { \
    switch (kind) { \
      case SLUICE_ADD: return add_##suffix; \
      case SLUICE_SUB: return sub_##suffix; \
      case SLUICE_MUL: return mul_##suffix; \
      case SLUICE_DIV: return div_##suffix; \
      case SLUICE_GREATER: return greater_##suffix; \
      case SLUICE_GREATER_OR_EQUAL: return greater_or_equal_##suffix; \
      case SLUICE_LESS: return less_##suffix; \
      case SLUICE_LESS_OR_EQUAL: return less_or_equal_##suffix; \
      case SLUICE_EQUAL: return equal_##suffix; \
      case SLUICE_MIN: return min_##suffix; \
      case SLUICE_MAX: return max_##suffix; \
      case SLUICE_PRELU: return prelu_##suffix; \
      default: return NULL; \
    } \
  }
  SLUICE_NUMBERS(CASES)
  return NULL;
}
