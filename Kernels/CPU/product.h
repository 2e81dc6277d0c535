// The door to OpenBLAS. Every call's shape is that of one stream (DESIGN.md section 5, property 2).
#ifndef SLUICE_PRODUCT_H
#define SLUICE_PRODUCT_H

#include <cblas.h>

#include "kernel.h"

/// Up to this many rows a product is done row by row as matrix times vector, which reads the weights
/// as they lie; more rows go through sgemm, which packs them first.
enum { SLUICE_FEW_ROWS = 4 };

/// y [n] = W [n, k] · x [k]
static inline void sluice_matrix_vector(
    const float *w, int64_t n, int64_t k, const float *x, float *y) {
  if (n == 0) return;
  if (k == 0) {
    memset(y, 0, (size_t)n * sizeof(float));
    return;
  }
  cblas_sgemv(
      CblasRowMajor, CblasNoTrans, (blasint)n, (blasint)k, 1, w, (blasint)k, x, 1, 0, y, 1);
}

/// Y [rows, n] = X [rows, k] · Wᵀ, W [n, k]: what dense layers and recurrences need.
static inline void sluice_rows_by_weights(
    const float *x, int64_t rows, const float *w, int64_t n, int64_t k, float *y) {
  if (rows <= SLUICE_FEW_ROWS || k == 0 || n == 0) {
    for (int64_t row = 0; row < rows; row++) {
      sluice_matrix_vector(w, n, k, x + row * k, y + row * n);
    }
    return;
  }
  cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)n, (blasint)k, 1, x,
      (blasint)k, w, (blasint)k, 0, y, (blasint)n);
}

#endif
