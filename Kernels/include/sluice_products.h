// Windows over spatial axes, and pools.
#ifndef SLUICE_PRODUCTS_H
#define SLUICE_PRODUCTS_H

#include <stdint.h>

/// One spatial axis of a window: output o, tap k reads input o · stride + k · dilation − begin.
typedef struct sluice_window {
  int64_t input, output, kernel, stride, dilation, begin, end;
} sluice_window;

/// Three spatial axes, outermost first; axes that are not there have size 1.
typedef struct sluice_pool_parameters {
  int64_t planes;
  sluice_window axes[3];
  int32_t count_include_pad, column_major;
} sluice_pool_parameters;

// sluice_kernels()->average_pool, ->max_pool: X -> Y (float32)
/// X -> Y?, indices? (int64); every number
sluice_kernel sluice_max_pool_kernel(sluice_type type);

#endif
