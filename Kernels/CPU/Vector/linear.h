// Dense layer, every row of every stream in one list:
//
//     Y[row, n] = f(bias[n] + Σ_k W[n, k] · X[row, k])
//
// Order: from the bias (or 0), k in order (tile.h).
#ifndef SLUICE_LINEAR_H
#define SLUICE_LINEAR_H

#include "products.h"
#include "unary.h"

static void v_prelu(const float *slope, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i += SLUICE_WIDTH) {
    const int64_t n = count - i < SLUICE_WIDTH ? count - i : SLUICE_WIDTH;
    const vf x = v_load_part(y + i, n);
    v_store_part(y + i, v_select(x < 0.0f, v_load_part(slope + i, n) * x, x), n);
  }
}

/// What follows the product, over `rows` rows of one stream.
static void v_follow(
    const sluice_linear_parameters *p, const float *slope, float *y, int64_t rows) {
  if (p->activation == SLUICE_FOLLOWED_BY_NOTHING) return;
  const int dense = p->y_row == p->outputs && p->activation != SLUICE_FOLLOWED_BY_PRELU;
  const int64_t length = dense ? rows * p->outputs : p->outputs;
  for (int64_t row = 0; row < (dense ? 1 : rows); row++, y += p->y_row) {
    if (p->activation == SLUICE_FOLLOWED_BY_PRELU) {
      v_prelu(slope, y, length);
    } else {
      v_unary_all(p->activation, p->alpha, p->beta, y, y, length);
    }
  }
}

static void v_clear(float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = 0;
}

static int32_t v_linear(const void *parameters, void *const *const *operands, int64_t streams) {
  const sluice_linear_parameters *p = parameters;
  v_row_list list;
  const v_product product = {
      .weights = operands[0][1], .inputs = p->inputs, .k_step = SLUICE_STRIP,
      .strip_step = p->inputs * SLUICE_STRIP, .x_column = p->x_column, .out_step = SLUICE_STRIP,
      .start = operands[0][2], .vectors = (p->outputs + SLUICE_WIDTH - 1) / SLUICE_WIDTH,
      .tail = (p->outputs - 1) % SLUICE_WIDTH + 1};
  const int64_t total = streams * p->rows;
  int64_t stream = 0, row = 0;
  for (int64_t done = 0; done < total;) {
    const int64_t count = total - done < V_LIST ? total - done : V_LIST;
    int64_t s = stream, m = row;
    for (int64_t i = 0; i < count; i++) {
      list.x[i] = (const float *)operands[s][0] + m * p->x_row;
      list.out[i] = (float *)operands[s][4] + m * p->y_row;
      if (!product.start) v_clear(list.out[i], p->outputs);
      if (++m == p->rows) s++, m = 0;
    }
    v_products(&product, 1, &list, count);
    for (int64_t i = 0; i < count;) {
      const int64_t left = p->rows - row, run = count - i < left ? count - i : left;
      v_follow(p, operands[0][3], list.out[i], run);
      i += run, row += run;
      if (row == p->rows) stream++, row = 0;
    }
    done += count;
  }
  return SLUICE_OK;
}

#endif
