// Vector kernels: one table per instruction set, chosen once (Kernels/CPU/dispatch.c).
#ifndef SLUICE_DISPATCH_H
#define SLUICE_DISPATCH_H

#include "sluice_kernels.h"

/// One operation for several streams: `operands[s][j]` is operand j of stream s. Constants (weights)
/// are read from stream 0's operands and are the same for all. A stream's bits depend neither on
/// `streams`, nor on its place s, nor on the other streams. Otherwise as `sluice_kernel`.
typedef int32_t (*sluice_batch_kernel)(
    const void *parameters, void *const *const *operands, int64_t streams);

/// What one instruction set offers.
typedef struct sluice_vector_kernels {
  /// baseline, avx2, avx512 or neon: part of the numerics tag.
  const char *name;
  /// Floats per vector.
  int64_t width;
  /// Writes f(x) of `count` floats to y, which may be x. `kind` is a `sluice_unary` other than
  /// SLUICE_NOT; errors are those of Kernels/CPU/Vector/math.h.
  void (*unary)(int32_t kind, float alpha, float beta, const float *x, float *y, int64_t count);
  /// Packed products and recurrences: sluice_packed.h.
  sluice_batch_kernel linear, gru, lstm, rnn, product;
  /// sluice_windows.h.
  sluice_kernel expression, convolution, assemble;
  /// Float32 forms of the functions of the same names in sluice_kernels.h and sluice_products.h.
  sluice_kernel layer_norm, group_norm, batch_norm, softmax, log_softmax, average_pool, max_pool;
  /// By `sluice_reduction`.
  sluice_kernel reduce[SLUICE_REDUCTION_COUNT];
} sluice_vector_kernels;

/// The table in use: that of `SLUICE_CPU` where it names one that this processor can run, else the
/// best that it can. Chosen at the first call; the same from then on unless `sluice_set_variant`.
const sluice_vector_kernels *sluice_kernels(void);

/// The table of baseline, avx2, avx512 or neon; null where the name is unknown or the processor cannot
/// run it.
const sluice_vector_kernels *sluice_kernels_named(const char *name);

/// `sluice_kernels()->name`.
const char *sluice_variant_name(void);

/// Takes the variant `name` from now on (tests). Nonzero, and nothing changes, where the name is
/// unknown or the processor cannot run it. No kernel may be running.
int32_t sluice_set_variant(const char *name);

/// 0 if the environment variable SLUICE_CPU is unset, or names a variant that this processor can run;
/// else nonzero, and `text` holds what was expected and found (at most `capacity` bytes, ends in NUL).
int32_t sluice_variant_problem(char *text, int64_t capacity);

#endif
