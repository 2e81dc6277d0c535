// Matrix products through OpenBLAS.
//
//     gemm     Y [R, C] = alpha · A' [R, K] · B' [K, C] + beta · C
//     matmul   Y [b, R, C] = A [b, R, K] · B [b, K, C] for each index b of the batch axes
//
// A single row or column goes through sgemv. K = 0 gives zeros.
#include "product.h"

/// y = alpha · B'ᵀ a + beta · y: one row a [K] times B' [K, C].
static void row_times_matrix(const sluice_gemm_parameters *p, const float *a, const float *b,
                             float beta, float *y) {
  const blasint k = (blasint)p->depth, c = (blasint)p->columns;
  if (p->transpose_b) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, c, k, p->alpha, b, k, a, 1, beta, y, 1);
  } else {
    cblas_sgemv(CblasRowMajor, CblasTrans, k, c, p->alpha, b, c, a, 1, beta, y, 1);
  }
}

int32_t sluice_gemm(const void *parameters, void *const *operands) {
  const sluice_gemm_parameters *p = parameters;
  const float *c = operands[2];
  float *y = operands[3];
  const float beta = c && p->beta != 0 ? p->beta : 0;
  const int empty = p->depth == 0;
  for (int64_t i = 0; i < p->rows; i++) {
    for (int64_t j = 0; j < p->columns; j++) {
      y[i * p->columns + j] = beta != 0 ? c[i * p->c_row + j * p->c_column] * (empty ? beta : 1) : 0;
    }
  }
  if (empty || p->rows == 0 || p->columns == 0) return SLUICE_OK;
  if (p->rows == 1) {
    row_times_matrix(p, operands[0], operands[1], beta, y);
    return SLUICE_OK;
  }
  cblas_sgemm(
      CblasRowMajor, p->transpose_a ? CblasTrans : CblasNoTrans,
      p->transpose_b ? CblasTrans : CblasNoTrans, (blasint)p->rows, (blasint)p->columns,
      (blasint)p->depth, p->alpha, operands[0], (blasint)(p->transpose_a ? p->rows : p->depth),
      operands[1], (blasint)(p->transpose_b ? p->depth : p->columns), beta, y,
      (blasint)p->columns);
  return SLUICE_OK;
}

static void multiply(const sluice_matmul_parameters *p, const float *a, const float *b, float *y) {
  const blasint r = (blasint)p->rows, c = (blasint)p->columns, k = (blasint)p->depth;
  if (p->rows == 1) {
    cblas_sgemv(CblasRowMajor, CblasTrans, k, c, 1, b, c, a, 1, 0, y, 1);
  } else if (p->columns == 1) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, r, k, 1, a, k, b, 1, 0, y, 1);
  } else {
    cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, r, c, k, 1, a, k, b, c, 0, y, c);
  }
}

int32_t sluice_matmul(const void *parameters, void *const *operands) {
  const sluice_matmul_parameters *p = parameters;
  const float *a = operands[0];
  const float *b = operands[1];
  float *y = operands[2];
  const int64_t batches = sluice_product(p->sizes, p->batch_rank);
  const int64_t size = p->rows * p->columns;
  if (p->depth == 0) memset(y, 0, (size_t)(batches * size) * sizeof(float));
  if (p->depth == 0 || size == 0) return SLUICE_OK;
  int64_t index[8] = {0}, other[8] = {0}, from_a = 0, from_b = 0;
  for (int64_t batch = 0; batch < batches; batch++, y += size) {
    multiply(p, a + from_a, b + from_b, y);
    sluice_advance(index, p->sizes, p->batch_rank, p->a, &from_a);
    sluice_advance(other, p->sizes, p->batch_rank, p->b, &from_b);
  }
  return SLUICE_OK;
}
