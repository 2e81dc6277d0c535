// y = f(x), element by element; the formulas are those of Swift's `UnaryOperator`.
// float32 through libm (expf, tanhf, erff: below 1 ulp of error, glibc manual "Errors in Math
// Functions"); integers where ONNX offers them.
#include "kernel.h"

static inline float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }
static inline float within_0_1(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

#define UNARY(name, type, expression) \
  static int32_t name(const void *parameters, void *const *operands) { \
    const sluice_unary_parameters *p = parameters; \
    const type *input = operands[0]; \
    type *output = operands[1]; \
    const float alpha = p->alpha, beta = p->beta; \
    (void)alpha, (void)beta; \
    for (int64_t i = 0; i < p->count; i++) { \
      const type x = input[i]; \
      output[i] = (expression); \
    } \
    return SLUICE_OK; \
  }

UNARY(relu_f32, float, x < 0 ? 0 : x)
UNARY(sigmoid_f32, float, 1 / (1 + expf(-x)))
UNARY(tanh_f32, float, tanhf(x))
UNARY(softplus_f32, float, softplus(x))
UNARY(softsign_f32, float, x / (1 + fabsf(x)))
UNARY(erf_f32, float, erff(x))
UNARY(mish_f32, float, x *tanhf(softplus(x)))
UNARY(hard_swish_f32, float, x *within_0_1(x / 6 + 0.5f))
UNARY(leaky_relu_f32, float, x < 0 ? alpha * x : x)
UNARY(elu_f32, float, x < 0 ? alpha * expm1f(x) : x)
UNARY(selu_f32, float, beta * (x > 0 ? x : alpha * expm1f(x)))
UNARY(celu_f32, float, x > 0 ? x : fminf(alpha * expm1f(x / alpha), 0) + (x != x ? x : 0))
UNARY(hard_sigmoid_f32, float, within_0_1(alpha * x + beta))
UNARY(thresholded_relu_f32, float, x > alpha || x != x ? x : 0)
UNARY(gelu_f32, float, 0.5f * x * (1 + erff(x * 0.70710678118654752f)))
UNARY(
    gelu_tanh_f32, float,
    0.5f * x * (1 + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x))))
UNARY(sqrt_f32, float, sqrtf(x))
UNARY(exp_f32, float, expf(x))
UNARY(log_f32, float, logf(x))
UNARY(abs_f32, float, fabsf(x))
UNARY(neg_f32, float, -x)
UNARY(sign_f32, float, x > 0 ? 1 : x < 0 ? -1 : x)
UNARY(reciprocal_f32, float, 1 / x)
UNARY(floor_f32, float, floorf(x))
UNARY(ceil_f32, float, ceilf(x))
UNARY(round_f32, float, rintf(x))
UNARY(sin_f32, float, sinf(x))
UNARY(cos_f32, float, cosf(x))
UNARY(atan_f32, float, atanf(x))
UNARY(not_bool, uint8_t, !x)

static const sluice_kernel float_kernels[] = {
    relu_f32, sigmoid_f32, tanh_f32, softplus_f32, softsign_f32, erf_f32, mish_f32, hard_swish_f32,
    leaky_relu_f32, elu_f32, selu_f32, celu_f32, hard_sigmoid_f32, thresholded_relu_f32, gelu_f32,
    gelu_tanh_f32, sqrt_f32, exp_f32, log_f32, abs_f32, neg_f32, sign_f32, reciprocal_f32,
    floor_f32, ceil_f32, round_f32, sin_f32, cos_f32, atan_f32};

// Integers wrap around: −min is min.
#define INTEGER_UNARY(tag, suffix, type) \
  UNARY(relu_##suffix, type, x > 0 ? x : 0) \
  UNARY(abs_##suffix, type, (type)(x < 0 ? (type)(0 - (uint64_t)x) : x)) \
  UNARY(neg_##suffix, type, (type)(0 - (uint64_t)x)) \
  UNARY(sign_##suffix, type, (type)(x > 0 ? 1 : x == 0 ? 0 : -1))
SLUICE_INTEGERS(INTEGER_UNARY)

sluice_kernel sluice_unary_kernel(sluice_unary kind, sluice_type type) {
  if (type == SLUICE_BOOL) return kind == SLUICE_NOT ? not_bool : NULL;
  if (type == SLUICE_F32) return kind == SLUICE_NOT ? NULL : float_kernels[kind];
#define INTEGER_CASE(tag, suffix, ctype) \
  if (type == SLUICE_##tag) { \
    if (kind == SLUICE_RELU) return relu_##suffix; \
    if (kind == SLUICE_ABS) return abs_##suffix; \
    if (kind == SLUICE_NEG) return neg_##suffix; \
    if (kind == SLUICE_SIGN) return sign_##suffix; \
  }
  SLUICE_INTEGERS(INTEGER_CASE)
  return NULL;
}
