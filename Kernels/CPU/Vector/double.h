// Vectors of SLUICE_WIDTH / 2 doubles: half a vector of floats each.
#ifndef SLUICE_DOUBLE_H
#define SLUICE_DOUBLE_H

#include "../simd.h"

typedef float vh __attribute__((ext_vector_type(SLUICE_WIDTH / 2)));
typedef double vd __attribute__((ext_vector_type(SLUICE_WIDTH / 2)));
typedef int64_t vl __attribute__((ext_vector_type(SLUICE_WIDTH / 2)));

V_INLINE vd d_from(vh x) { return __builtin_convertvector(x, vd); }
V_INLINE vh d_round(vd x) { return __builtin_convertvector(x, vh); }

V_INLINE vd d_fma(vd a, vd b, vd c) {
#if V_FUSED
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

#endif
