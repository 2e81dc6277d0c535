// The product of two matrices that both change, stream by stream (C may be absent):
//
//     Y[i, j] = alpha · S + beta · C[i, j],  S = Σ_k A[i, k] · B[k, j]
//
// Order: S from 0, k in order (tile.h); then one fma of alpha · S onto the rounded beta · C, which is
// left out where alpha is 1 and there is no C. Groups of V_GROUP columns are read where they lie if
// neighbours lie together and fill whole vectors; else they are packed first, [strip][depth][16].
#ifndef SLUICE_VECTOR_PRODUCT_H
#define SLUICE_VECTOR_PRODUCT_H

#include "products.h"

enum { V_GROUP = SLUICE_PRODUCT_GROUP };

static void v_pack_columns(
    const sluice_product_parameters *p, const float *b, int64_t count, float *packed) {
  for (int64_t first = 0; first < count; first += SLUICE_STRIP) {
    const int64_t n = count - first < SLUICE_STRIP ? count - first : SLUICE_STRIP;
    for (int64_t k = 0; k < p->depth; k++, packed += SLUICE_STRIP) {
      const float *from = b + first * p->b_column + k * p->b_row;
      for (int64_t j = 0; j < n; j++) packed[j] = from[j * p->b_column];
      for (int64_t j = n; j < SLUICE_STRIP; j++) packed[j] = 0;
    }
  }
}

/// y = alpha · y + beta · C over one row.
static void v_add_addend(
    const sluice_product_parameters *p, const float *c, float *y) {
  for (int64_t j = 0; j < p->columns; j++) {
    y[j] = s_fma(p->alpha, y[j], c ? p->beta * c[j * p->c_column] : 0);
  }
}

/// All rows by one group of columns.
static void v_column_group(
    const sluice_product_parameters *p, const float *a, const v_product *product, float *y) {
  v_row_list list;
  for (int64_t row = 0; row < p->rows; row += V_LIST) {
    const int64_t count = p->rows - row < V_LIST ? p->rows - row : V_LIST;
    for (int64_t i = 0; i < count; i++) {
      list.x[i] = a + (row + i) * p->a_row;
      list.out[i] = y + (row + i) * p->y_row;
    }
    v_products(product, 1, &list, count);
  }
}

static void v_multiply(
    const sluice_product_parameters *p, const float *a, const float *b, const float *c, float *y,
    float *workspace) {
  static const float zeros[V_GROUP];
  for (int64_t column = 0; column < p->columns; column += V_GROUP) {
    const int64_t left = p->columns - column, count = left < V_GROUP ? left : V_GROUP;
    const float *from = b + column * p->b_column;
    const int in_place = p->b_column == 1 && count % SLUICE_WIDTH == 0;
    if (!in_place) v_pack_columns(p, from, count, workspace);
    const v_product product = {
        .weights = in_place ? from : workspace, .inputs = p->depth,
        .k_step = in_place ? p->b_row : SLUICE_STRIP,
        .strip_step = in_place ? SLUICE_STRIP : p->depth * SLUICE_STRIP,
        .x_column = p->a_column, .out_step = SLUICE_STRIP, .start = zeros,
        .vectors = (count + SLUICE_WIDTH - 1) / SLUICE_WIDTH,
        .tail = (count - 1) % SLUICE_WIDTH + 1};
    v_column_group(p, a, &product, y + column);
  }
  if (p->alpha == 1 && !c) return;
  for (int64_t row = 0; row < p->rows; row++) {
    v_add_addend(p, c ? c + row * p->c_row : NULL, y + row * p->y_row);
  }
}

static int32_t v_general_product(
    const void *parameters, void *const *const *operands, int64_t streams) {
  const sluice_product_parameters *p = parameters;
  const int64_t batches = sluice_product(p->sizes, p->batch_rank);
  for (int64_t stream = 0; stream < streams; stream++) {
    int64_t i[8] = {0}, j[8] = {0}, k[8] = {0}, from_a = 0, from_b = 0, from_c = 0;
    const float *c = p->beta != 0 ? operands[stream][2] : NULL;
    float *y = operands[stream][3];
    for (int64_t batch = 0; batch < batches; batch++, y += p->y_batch) {
      v_multiply(
          p, (const float *)operands[stream][0] + from_a,
          (const float *)operands[stream][1] + from_b, c ? c + from_c : NULL, y, operands[0][4]);
      sluice_advance(i, p->sizes, p->batch_rank, p->a, &from_a);
      sluice_advance(j, p->sizes, p->batch_rank, p->b, &from_b);
      sluice_advance(k, p->sizes, p->batch_rank, p->c, &from_c);
    }
  }
  return SLUICE_OK;
}

#endif
