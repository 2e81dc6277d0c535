// Dense layers and general products of every variant against sums in double; bits of one stream
// against those of several, of AVX2 against AVX-512.
//
//     Scripts/check-kernels        builds and runs this, with AddressSanitizer too
//
// The grid: every pair of odd sizes for inputs and outputs, rows and the rest drawn with seed 1.
#include "check.h"

enum { STREAMS = 5 };

typedef struct {
  sluice_linear_parameters p;
  float *x[STREAMS], *y[STREAMS];
  float *w, *packed, *bias, *slope;
  void *operands[STREAMS][5];
  void *const *streams[STREAMS];
  char where[128];
} linear_case;

static int64_t y_floats(const linear_case *c) {
  return (c->p.rows - 1) * c->p.y_row + c->p.outputs;
}

static linear_case make_linear(int64_t inputs, int64_t outputs) {
  static const int64_t rows[] = {1, 2, 3, 4, 5, 15, 16, 17, 64};
  static const int32_t activations[] = {
      SLUICE_FOLLOWED_BY_NOTHING, SLUICE_FOLLOWED_BY_PRELU, SLUICE_RELU, SLUICE_SIGMOID,
      SLUICE_TANH, SLUICE_LEAKY_RELU, SLUICE_GELU};
  linear_case c = {.p = {
      .rows = rows[random_below(9)], .inputs = inputs, .outputs = outputs,
      .x_column = 1 + random_below(2), .activation = activations[random_below(7)], .alpha = 0.1f}};
  if (inputs > 64 || outputs > 64) c.p.rows = c.p.rows % 7 + 1;
  c.p.x_row = inputs * c.p.x_column + random_below(3);
  c.p.y_row = outputs + random_below(2) * 3;
  c.w = random_floats(inputs * outputs, 1 / sqrt((double)inputs));
  c.packed = random_floats(sluice_packed_floats(outputs, inputs), 0);
  sluice_pack(c.w, outputs, inputs, inputs, 1, c.packed);
  c.bias = random_below(4) ? random_floats(outputs, 1) : NULL;
  c.slope = random_floats(outputs, 1);
  for (int s = 0; s < STREAMS; s++) {
    c.x[s] = random_floats((c.p.rows - 1) * c.p.x_row + (inputs - 1) * c.p.x_column + 1, 1);
    c.y[s] = random_floats(y_floats(&c), 1);
    void *const operands[] = {c.x[s], c.packed, c.bias, c.slope, c.y[s]};
    memcpy(c.operands[s], operands, sizeof operands);
  }
  snprintf(c.where, sizeof c.where, "N %d K %d rows %d activation %d", (int)outputs, (int)inputs,
           (int)c.p.rows, c.p.activation);
  return c;
}

static void free_linear(linear_case *c) {
  for (int s = 0; s < STREAMS; s++) free(c->x[s]), free(c->y[s]);
  free(c->w), free(c->packed), free(c->bias), free(c->slope);
}

static double followed(const sluice_linear_parameters *p, double x, float slope) {
  switch (p->activation) {
    case SLUICE_FOLLOWED_BY_PRELU: return x < 0 ? slope * x : x;
    case SLUICE_RELU: return x < 0 ? 0 : x;
    case SLUICE_SIGMOID: return 1 / (1 + exp(-x));
    case SLUICE_TANH: return tanh(x);
    case SLUICE_LEAKY_RELU: return x < 0 ? p->alpha * x : x;
    case SLUICE_GELU: return 0.5 * x * (1 + erf(x * M_SQRT1_2));
    default: return x;
  }
}

static void check_linear_values(const linear_case *c, int s) {
  for (int64_t row = 0; row < c->p.rows; row++) {
    for (int64_t n = 0; n < c->p.outputs; n++) {
      double sum = c->bias ? c->bias[n] : 0;
      for (int64_t k = 0; k < c->p.inputs; k++) {
        sum += (double)c->w[n * c->p.inputs + k]
               * c->x[s][row * c->p.x_row + k * c->p.x_column];
      }
      const double expected = followed(&c->p, sum, c->slope[n]);
      check_near("linear", c->where, &c->y[s][row * c->p.y_row + n], &expected, 1, 2e-6);
    }
  }
}

static void check_linear(int64_t inputs, int64_t outputs) {
  linear_case c = make_linear(inputs, outputs);
  float *fused[STREAMS] = {0}, *before[STREAMS];
  for (int s = 0; s < STREAMS; s++) before[s] = copied(c.y[s], y_floats(&c));
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variant_names[v]) != 0) continue;
    for (int s = 0; s < STREAMS; s++) c.streams[s] = c.operands[s];
    sluice_kernels()->linear(&c.p, c.streams, STREAMS);
    for (int s = 0; s < STREAMS; s++) {
      check_linear_values(&c, s);
      float *together = copied(c.y[s], y_floats(&c));
      sluice_turns++;
      sluice_kernels()->linear(&c.p, &c.streams[s], 1);
      check_same("linear alone", c.where, c.y[s], together, y_floats(&c));
      for (int64_t i = 0; i < y_floats(&c); i++) {
        // What lies between the rows stays as it was.
        if (i % c.p.y_row >= c.p.outputs) check_same("gap", c.where, &c.y[s][i], &before[s][i], 1);
      }
      if (variant_is_fused()) {
        if (fused[s]) check_same("linear fused", c.where, together, fused[s], y_floats(&c));
        if (!fused[s]) take_bits(together, y_floats(&c));
        free(fused[s]);
        fused[s] = together;
      } else {
        free(together);
      }
    }
  }
  for (int s = 0; s < STREAMS; s++) free(fused[s]), free(before[s]);
  free_linear(&c);
}

/// Y = alpha · A · B + beta · C, [2] products whose A is shared, any strides.
static void check_product(int64_t depth, int64_t columns) {
  const int64_t rows = 1 + random_below(20), transposed = random_below(2);
  sluice_product_parameters p = {
      .rows = rows, .columns = columns, .depth = depth, .a_row = depth, .a_column = 1,
      .b_row = transposed ? 1 : columns, .b_column = transposed ? depth : 1,
      .c_row = random_below(2) * columns, .c_column = 1, .y_row = columns, .alpha = 1, .beta = 0,
      .batch_rank = 1, .sizes = {2}, .b = {depth * columns}, .y_batch = rows * columns};
  if (random_below(2)) p.alpha = 0.5f, p.beta = -2;
  float *a = random_floats(rows * depth, 1), *b = random_floats(2 * depth * columns, 1);
  float *c = random_floats(rows * columns, 1), *y = random_floats(2 * rows * columns, 1);
  float *fused = NULL;
  void *workspace = workspace_of(sluice_product_workspace(&p));
  void *const operands[] = {a, b, c, y, workspace};
  void *const *const streams[] = {operands};
  char where[128];
  snprintf(where, sizeof where, "rows %d columns %d depth %d", (int)rows, (int)columns, (int)depth);
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variant_names[v]) != 0) continue;
    sluice_kernels()->product(&p, streams, 1);
    for (int64_t i = 0; i < 2 * rows * columns; i++) {
      const int64_t batch = i / (rows * columns), row = i / columns % rows, column = i % columns;
      double sum = 0;
      for (int64_t k = 0; k < depth; k++) {
        sum += (double)a[row * depth + k]
               * b[batch * depth * columns + k * p.b_row + column * p.b_column];
      }
      const double expected = p.alpha * sum + p.beta * c[row * p.c_row + column];
      check_near("product", where, &y[i], &expected, 1, 1e-5);
    }
    if (!variant_is_fused()) continue;
    if (fused) check_same("product fused", where, y, fused, 2 * rows * columns);
    if (!fused) take_bits(y, 2 * rows * columns);
    free(fused);
    fused = copied(y, 2 * rows * columns);
  }
  free(a), free(b), free(c), free(y), free(fused), free(workspace);
}

int main(void) {
  for (int k = 0; k < ODD_SIZES; k++) {
    for (int n = 0; n < ODD_SIZES; n++) {
      for (int repeat = 0; repeat < 3; repeat++) check_linear(odd_sizes[k], odd_sizes[n]);
      check_product(odd_sizes[k], odd_sizes[n]);
    }
  }
  // More weights than are taken whole: the sums are cut into chunks.
  for (int repeat = 0; repeat < 4; repeat++) check_linear(1100, 2001);
  printf("dense layers and products, seed 1, ");
  return report();
}
