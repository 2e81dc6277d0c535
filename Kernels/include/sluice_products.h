// Products and windows: matrix products, convolutions, pools.
#ifndef SLUICE_PRODUCTS_H
#define SLUICE_PRODUCTS_H

#include <stdint.h>

/// Y [rows, columns] = alpha · A' [rows, depth] · B' [depth, columns] + beta · C; strides of C in
/// elements, 0 along repeated axes. Float32.
typedef struct sluice_gemm_parameters {
  int64_t rows, columns, depth;
  float alpha, beta;
  int32_t transpose_a, transpose_b;
  int64_t c_row, c_column;
} sluice_gemm_parameters;

/// A, B, C? -> Y
int32_t sluice_gemm(const void *parameters, void *const *operands);

/// A batch of products; strides in elements over `batch_rank` axes, Y dense. Float32.
typedef struct sluice_matmul_parameters {
  int64_t rows, columns, depth;
  int64_t batch_rank;
  int64_t sizes[8], a[8], b[8];
} sluice_matmul_parameters;

/// A, B -> Y
int32_t sluice_matmul(const void *parameters, void *const *operands);

/// One spatial axis of a window: output o, tap k reads input o · stride + k · dilation − begin.
typedef struct sluice_window {
  int64_t input, output, kernel, stride, dilation, begin, end;
} sluice_window;

/// Three spatial axes, outermost first; axes that are not there have size 1.
typedef struct sluice_conv_parameters {
  int64_t batch, input_channels, output_channels, groups;
  sluice_window axes[3];
  /// Output positions per matrix product; the workspace holds
  /// `input_channels / groups · taps · tile` floats. 0: direct, no workspace.
  int64_t tile;
} sluice_conv_parameters;

/// X, W, B?, workspace -> Y (float32)
int32_t sluice_conv(const void *parameters, void *const *operands);

/// The axes are those of `WindowGeometry` for a transposed convolution: input position i, tap k goes
/// to output i · stride + k · dilation − begin. Workspace: output channels / groups · taps · inputs.
/// X, W, B?, workspace -> Y (float32)
int32_t sluice_conv_transpose(const void *parameters, void *const *operands);

typedef struct sluice_pool_parameters {
  int64_t planes;
  sluice_window axes[3];
  int32_t count_include_pad, column_major;
} sluice_pool_parameters;

/// X -> Y (float32)
int32_t sluice_average_pool(const void *parameters, void *const *operands);
/// X -> Y?, indices? (int64); every number
sluice_kernel sluice_max_pool_kernel(sluice_type type);

#endif
