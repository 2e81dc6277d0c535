// One step of an expression over a strip: to[i] = f(a[i], b[i]). Unary functions are those of unary.h;
// the formulas of two operands are those of binary.c: a minimum or maximum is NaN where either is.
//
//     pow    e^(b log a) in double and rounded once, a · a where b is 2 (both below 1 ulp of error,
//            overflow, NaN, 0 and negative bases as C's powf)
#ifndef SLUICE_ELEMENTWISE_H
#define SLUICE_ELEMENTWISE_H

#include "power.h"
#include "strided.h"
#include "unary.h"

V_INLINE int v_takes_two(int32_t code) {
  return code >= SLUICE_STEP_BINARY && code < SLUICE_STEP_CONSTANT;
}

V_INLINE vf v_value_at(v_value a, int64_t i) { return v_load(a.p + (i & a.mask)); }
V_INLINE vf v_value_part(v_value a, int64_t i, int64_t n) {
  return a.mask ? v_load_part(a.p + i, n) : v_load(a.p);
}

/// X(code, f(x, y))
#define V_EVERY_BINARY(X) \
  X(SLUICE_ADD, x + y) X(SLUICE_SUB, x - y) X(SLUICE_MUL, x *y) X(SLUICE_DIV, x / y) \
  X(SLUICE_POW, v_pow(x, y)) X(SLUICE_MIN, v_select((x <= y) | (x != x), x, y)) \
  X(SLUICE_MAX, v_select((x >= y) | (x != x), x, y)) X(SLUICE_PRELU, v_select(x < 0.0f, y * x, x))

static void v_apply_binary(int32_t kind, v_value a, v_value b, float *to, int64_t count) {
  const int64_t whole = count / SLUICE_WIDTH * SLUICE_WIDTH, rest = count - whole;
#define V_CASE(kind, value) \
  case kind: { \
    for (int64_t i = 0; i < whole; i += SLUICE_WIDTH) { \
      const vf x = v_value_at(a, i), y = v_value_at(b, i); \
      v_store(to + i, value); \
    } \
    if (rest > 0) { \
      const vf x = v_value_part(a, whole, rest), y = v_value_part(b, whole, rest); \
      v_store_part(to + whole, value, rest); \
    } \
    break; \
  }
  switch (kind) {
    V_EVERY_BINARY(V_CASE)
    default: break;
  }
#undef V_CASE
}

/// A limit that is NaN gives NaN; where the limits cross, the upper one wins.
V_INLINE vf v_clip(vf x, float low, float high) {
  const vf above = v_select((x >= low) | (x != x), x, v_set(low));
  return v_select((above <= high) | (above != above), above, v_set(high));
}

#define V_EVERY_OTHER(X) \
  X(SLUICE_STEP_CLIP, v_clip(x, alpha, beta)) \
  X(SLUICE_STEP_SILU, x *v_sigmoid(x)) X(SLUICE_STEP_SQUARE, x *x) \
  X(SLUICE_STEP_AFFINE, x *alpha + beta)

static void v_apply_other(
    int32_t code, float alpha, float beta, v_value a, float *to, int64_t count) {
  const int64_t whole = count / SLUICE_WIDTH * SLUICE_WIDTH, rest = count - whole;
#define V_CASE(kind, value) \
  case kind: { \
    for (int64_t i = 0; i < whole; i += SLUICE_WIDTH) { \
      const vf x = v_value_at(a, i); \
      v_store(to + i, value); \
    } \
    if (rest > 0) { \
      const vf x = v_value_part(a, whole, rest); \
      v_store_part(to + whole, value, rest); \
    } \
    break; \
  }
  switch (code) {
    V_EVERY_OTHER(V_CASE)
    default: break;
  }
#undef V_CASE
}

/// `count` is 16 where every operand is one element.
V_INLINE void v_apply(
    const sluice_expression_step *step, v_value a, v_value b, float *to, int64_t count) {
  if (step->code == SLUICE_STEP_CONSTANT) {
    v_fill_floats(to, step->alpha, count);
  } else if (v_takes_two(step->code)) {
    v_apply_binary(step->code - SLUICE_STEP_BINARY, a, b, to, count);
  } else if (step->code > SLUICE_STEP_CONSTANT) {
    v_apply_other(step->code, step->alpha, step->beta, a, to, count);
  } else if (a.mask || count <= 16) {
    v_unary_all(step->code, step->alpha, step->beta, a.p, to, count);
  } else {
    v_unary_all(step->code, step->alpha, step->beta, a.p, to, 16);
    v_fill_floats(to, to[0], count);
  }
}

#endif
