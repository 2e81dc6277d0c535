// What every kernel file shares: no contraction, and one list of element types.
#ifndef SLUICE_KERNEL_H
#define SLUICE_KERNEL_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "sluice_kernels.h"

// A product and a sum are rounded one after the other, so that every form of a kernel that obeys one
// canonical order gives the same bits (Kernels/README.md).
#pragma STDC FP_CONTRACT OFF

#define SLUICE_INTEGERS(X) \
  X(I8, i8, int8_t) X(U8, u8, uint8_t) X(I16, i16, int16_t) X(U16, u16, uint16_t) \
  X(I32, i32, int32_t) X(U32, u32, uint32_t) X(I64, i64, int64_t) X(U64, u64, uint64_t)
#define SLUICE_FLOATS(X) X(F32, f32, float) X(F64, f64, double)
#define SLUICE_NUMBERS(X) SLUICE_FLOATS(X) SLUICE_INTEGERS(X)

/// Steps taken by this thread. Weights larger than the core's own cache are read forward and backward in
/// turns: what the last step left there is where the next begins. No sum depends on it.
extern _Thread_local uint32_t sluice_turns;

/// Product of `sizes`.
static inline int64_t sluice_product(const int64_t *sizes, int64_t rank) {
  int64_t product = 1;
  for (int64_t i = 0; i < rank; i++) product *= sizes[i];
  return product;
}

/// Moves an index over `rank` axes to its next row-major place and `offset` along with it.
static inline void sluice_advance(
    int64_t *index, const int64_t *sizes, int64_t rank, const int64_t *strides, int64_t *offset) {
  for (int64_t d = rank - 1; d >= 0; d--) {
    *offset += strides[d];
    if (++index[d] < sizes[d]) return;
    *offset -= strides[d] * sizes[d];
    index[d] = 0;
  }
}

#endif
