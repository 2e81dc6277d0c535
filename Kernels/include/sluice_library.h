// Large products in OpenBLAS, of one stream each. The library is opened at the first call of
// `sluice_library_open`, never by linking.
#ifndef SLUICE_LIBRARY_PRODUCTS_H
#define SLUICE_LIBRARY_PRODUCTS_H

#include <stdint.h>

/// Opens libopenblas.so.0; nonzero where it, or a function in it, is not there. All else here needs it
/// open.
int32_t sluice_library_open(void);
/// For the whole process, and not while a product runs.
void sluice_library_set_threads(int32_t threads);
/// Version and options.
const char *sluice_library_configuration(void);
/// The processor whose kernels it chose.
const char *sluice_library_core(void);

/// Y [rows, columns] = A' [rows, depth] · B' [depth, columns], dense; a transposed A' lies as
/// [depth, rows], B' as [columns, depth]. Sizes fit 32 bits; depth is at least 1. Float32.
typedef struct sluice_library_product_parameters {
  int64_t rows, columns, depth;
  int32_t transpose_a, transpose_b;
} sluice_library_product_parameters;

/// A, B -> Y
int32_t sluice_library_product(const void *parameters, void *const *operands);

/// Dense X and Y. The workspace holds `input_channels / groups · taps · tile` floats.
typedef struct sluice_library_convolution_parameters {
  int64_t batch, input_channels, output_channels, groups;
  sluice_window axes[3];
  /// Output positions per matrix product, at least 1.
  int64_t tile;
} sluice_library_convolution_parameters;

/// X, W, B?, workspace -> Y (float32)
int32_t sluice_library_convolution(const void *parameters, void *const *operands);

#endif
