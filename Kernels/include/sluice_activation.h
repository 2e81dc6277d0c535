// What a product or a convolution does to its result before it is written.
#ifndef SLUICE_ACTIVATION_H
#define SLUICE_ACTIVATION_H

#include <stdint.h>

/// Kinds beside those of `sluice_unary`, whose formulas and use of alpha and beta are the same here.
enum {
  SLUICE_ACTIVATE_NONE = -1,
  /// x < 0 ? slope · x : x, with the kernel's slope operand.
  SLUICE_ACTIVATE_PRELU = 64,
  /// x · σ(x)
  SLUICE_ACTIVATE_SILU = 65
};

typedef struct sluice_activation_parameters {
  /// A `sluice_unary` other than SLUICE_NOT, or one of those above.
  int32_t kind;
  float alpha, beta;
  /// PRELU: numbers in the slope operand, 1 or one per output channel; else 0.
  int32_t slopes;
} sluice_activation_parameters;

#endif
