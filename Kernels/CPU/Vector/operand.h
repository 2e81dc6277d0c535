// How the operands of an expression lie under its strips (expression.h).
#ifndef SLUICE_OPERAND_H
#define SLUICE_OPERAND_H

#include "strided.h"

/// How an operand lies under the strips.
typedef enum { LIES_DENSE, LIES_IN_ROWS, LIES_REPEATED, LIES_ONCE, LIES_APART } v_lie;

/// An operand and where its next row begins.
typedef struct {
  float *base;
  const int64_t *strides;
  v_lie lie;
  v_walk walk;
} v_operand;

V_INLINE int v_is_dense(const sluice_expression_parameters *p, const int64_t *strides) {
  int64_t step = 1;
  for (int64_t d = p->rank - 1; d >= 0; d--) {
    if (p->sizes[d] != 1 && strides[d] != step) return 0;
    step *= p->sizes[d];
  }
  return 1;
}

static v_lie v_lie_of(const sluice_expression_parameters *p, const int64_t *strides) {
  const int64_t last = strides[p->rank - 1];
  int64_t any = 0;
  for (int64_t d = 0; d < p->rank; d++) any |= strides[d];
  if (any == 0) return LIES_ONCE;
  if (v_is_dense(p, strides)) return LIES_DENSE;
  return last == 1 ? LIES_IN_ROWS : last == 0 ? LIES_REPEATED : LIES_APART;
}

/// Returns whether it lies as one piece.
V_INLINE int v_take_operand(
    const sluice_expression_parameters *p, v_operand *operand, void *base, const int64_t *strides) {
  operand->base = base;
  operand->strides = strides;
  operand->lie = v_lie_of(p, strides);
  if (operand->lie == LIES_DENSE || operand->lie == LIES_ONCE) return 1;
  operand->walk = (v_walk){{0}, 0};
  return 0;
}

#endif
