// y = f(x), element by element, float32; formulas are those of Swift's `UnaryOperator`, functions
// those of math.h, so the errors are theirs. sin, cos and atan go through libm.
#ifndef SLUICE_UNARY_H
#define SLUICE_UNARY_H

#include "math.h"

V_INLINE vf v_within_0_1(vf x) { return v_min(v_set(1), v_max(v_zero(), x)); }
V_INLINE vf v_elu(vf x, float alpha) { return v_select(x < 0.0f, alpha * v_expm1(x), x); }
V_INLINE vf v_selu(vf x, float alpha, float beta) {
  return beta * v_select(x > 0.0f, x, alpha * v_expm1(x));
}
V_INLINE vf v_celu(vf x, float alpha) {
  return v_select(x > 0.0f, x, v_min(v_zero(), alpha * v_expm1(x / alpha)));
}
V_INLINE vf v_gelu(vf x) { return 0.5f * x * (1.0f + v_erf(x * 0.70710678118654752f)); }
V_INLINE vf v_gelu_tanh(vf x) {
  return 0.5f * x * (1.0f + v_tanh(0.79788456080286536f * (x + 0.044715f * x * x * x)));
}
V_INLINE vf v_sign(vf x) {
  return v_select(x > 0.0f, v_set(1), v_select(x < 0.0f, v_set(-1), x));
}

#define V_BY_LANE(name, function) \
  V_INLINE vf name(vf x) { \
    for (int i = 0; i < SLUICE_WIDTH; i++) x[i] = function(x[i]); \
    return x; \
  }
V_BY_LANE(v_sin, sinf)
V_BY_LANE(v_cos, cosf)
V_BY_LANE(v_atan, atanf)
#undef V_BY_LANE

/// X(kind, f(x)) for every kind of `sluice_unary` but SLUICE_NOT.
#define V_EVERY_UNARY(X) \
  X(RELU, v_max(v_zero(), x)) X(SIGMOID, v_sigmoid(x)) X(TANH, v_tanh(x)) \
  X(SOFTPLUS, v_softplus(x)) X(SOFTSIGN, x / (1.0f + v_abs(x))) X(ERF, v_erf(x)) \
  X(MISH, x *v_tanh(v_softplus(x))) X(HARD_SWISH, x *v_within_0_1(x / 6.0f + 0.5f)) \
  X(LEAKY_RELU, v_select(x < 0.0f, alpha * x, x)) X(ELU, v_elu(x, alpha)) \
  X(SELU, v_selu(x, alpha, beta)) X(CELU, v_celu(x, alpha)) \
  X(HARD_SIGMOID, v_within_0_1(alpha *x + beta)) \
  X(THRESHOLDED_RELU, v_select(x <= alpha, v_zero(), x)) X(GELU, v_gelu(x)) \
  X(GELU_TANH, v_gelu_tanh(x)) X(SQRT, v_sqrt(x)) X(EXP, v_exp(x)) X(LOG, v_log(x)) \
  X(ABS, v_abs(x)) X(NEG, -x) X(SIGN, v_sign(x)) X(RECIPROCAL, 1.0f / x) X(FLOOR, v_floor(x)) \
  X(CEIL, v_ceil(x)) X(ROUND, v_round(x)) X(SIN, v_sin(x)) X(COS, v_cos(x)) X(ATAN, v_atan(x))

/// f of one vector. The kind is best a constant, or decided outside the loop: `v_unary_all`.
V_INLINE vf v_unary(int32_t kind, float alpha, float beta, vf x) {
#define V_CASE(kind, value) \
  case SLUICE_##kind: return value;
  (void)beta;
  switch (kind) {
    V_EVERY_UNARY(V_CASE)
    default: return x;
  }
#undef V_CASE
}

static void v_unary_all(
    int32_t kind, float alpha, float beta, const float *from, float *to, int64_t count) {
  const int64_t whole = count / SLUICE_WIDTH * SLUICE_WIDTH, rest = count - whole;
#define V_CASE(kind, value) \
  case SLUICE_##kind: { \
    for (int64_t i = 0; i < whole; i += SLUICE_WIDTH) { \
      const vf x = v_load(from + i); \
      v_store(to + i, value); \
    } \
    if (rest > 0) { \
      const vf x = v_load_part(from + whole, rest); \
      v_store_part(to + whole, value, rest); \
    } \
    break; \
  }
  switch (kind) {
    V_EVERY_UNARY(V_CASE)
    default: break;
  }
#undef V_CASE
}

#endif
