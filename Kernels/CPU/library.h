// OpenBLAS, opened when the first plan needs it: its load starts threads and reserves memory for each,
// which a process without large products should not pay. Every call's shape is that of one stream
// (DESIGN.md section 5, property 2).
#ifndef SLUICE_LIBRARY_H
#define SLUICE_LIBRARY_H

#include "kernel.h"

/// Row-major Y [rows, columns] = A · B + beta · Y, A [rows, depth] or its transpose, B [depth, columns]
/// or its transpose; the last three are the rows' lengths in memory. Sizes fit 32 bits.
typedef struct sluice_sgemm {
  int64_t rows, columns, depth;
  int32_t transpose_a, transpose_b;
  float beta;
  int64_t a_row, b_row, y_row;
} sluice_sgemm;

/// The library is open.
void sluice_library_multiply(const sluice_sgemm *p, const float *a, const float *b, float *y);

#endif
