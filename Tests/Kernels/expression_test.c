// Compares `expression` on every variant that runs here with a scalar evaluation of each element:
// equal bits for the operators that IEEE defines, double and a bound for the others.
//
//     clang -O2 -IKernels/include Tests/Kernels/expression_test.c Kernels/CPU/dispatch.c
//         Kernels/CPU/variant_*.c -lm -o expression_test && ./expression_test [SEED]
#include "kernel_test.h"

#pragma STDC FP_CONTRACT OFF

enum { CASES = 3000 };

static const int64_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 129, 300, 1100};
static const int32_t exact_codes[] = {
    SLUICE_RELU, SLUICE_LEAKY_RELU, SLUICE_THRESHOLDED_RELU, SLUICE_SQRT, SLUICE_ABS, SLUICE_NEG,
    SLUICE_SIGN, SLUICE_RECIPROCAL, SLUICE_FLOOR, SLUICE_CEIL, SLUICE_ROUND, SLUICE_SOFTSIGN,
    SLUICE_STEP_BINARY + SLUICE_ADD, SLUICE_STEP_BINARY + SLUICE_SUB,
    SLUICE_STEP_BINARY + SLUICE_MUL, SLUICE_STEP_BINARY + SLUICE_DIV,
    SLUICE_STEP_BINARY + SLUICE_MIN, SLUICE_STEP_BINARY + SLUICE_MAX,
    SLUICE_STEP_BINARY + SLUICE_PRELU, SLUICE_STEP_CONSTANT, SLUICE_STEP_CLIP,
    SLUICE_STEP_SQUARE, SLUICE_STEP_AFFINE};
#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

static float exact_step(const sluice_expression_step *s, float x, float y) {
  switch (s->code) {
    case SLUICE_RELU: return x < 0 ? 0 : x;
    case SLUICE_LEAKY_RELU: return x < 0 ? s->alpha * x : x;
    case SLUICE_THRESHOLDED_RELU: return x > s->alpha || x != x ? x : 0;
    case SLUICE_SQRT: return sqrtf(x);
    case SLUICE_ABS: return fabsf(x);
    case SLUICE_NEG: return -x;
    case SLUICE_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case SLUICE_RECIPROCAL: return 1 / x;
    case SLUICE_FLOOR: return floorf(x);
    case SLUICE_CEIL: return ceilf(x);
    case SLUICE_ROUND: return rintf(x);
    case SLUICE_SOFTSIGN: return x / (1 + fabsf(x));
    case SLUICE_STEP_BINARY + SLUICE_ADD: return x + y;
    case SLUICE_STEP_BINARY + SLUICE_SUB: return x - y;
    case SLUICE_STEP_BINARY + SLUICE_MUL: return x * y;
    case SLUICE_STEP_BINARY + SLUICE_DIV: return x / y;
    case SLUICE_STEP_BINARY + SLUICE_MIN: return x != x ? x : (y < x || y != y) ? y : x;
    case SLUICE_STEP_BINARY + SLUICE_MAX: return x != x ? x : (y > x || y != y) ? y : x;
    case SLUICE_STEP_BINARY + SLUICE_PRELU: return x < 0 ? y * x : x;
    case SLUICE_STEP_CONSTANT: return s->alpha;
    case SLUICE_STEP_SQUARE: return x * x;
    case SLUICE_STEP_AFFINE: return x * s->alpha + s->beta;
    default: break;
  }
  if (x == x && !(x >= s->alpha)) x = s->alpha;
  if (x == x && !(x <= s->beta)) x = s->beta;
  return x;
}

static int64_t element(const int64_t *sizes, int64_t rank, const int64_t *strides, int64_t i) {
  int64_t offset = 0;
  for (int64_t d = rank - 1; d >= 0; d--) {
    offset += i % sizes[d] * strides[d];
    i /= sizes[d];
  }
  return offset;
}

/// Strides of one of several kinds; returns how many floats they span. An output repeats nothing.
static int64_t choose_strides(const int64_t *sizes, int64_t rank, int output, int64_t *strides) {
  const int64_t kind = test_below(output ? 3 : 5);
  int64_t step = kind == 1 ? 1 + test_below(3) : 1, last = 0;
  for (int64_t i = 0; i < rank; i++) {
    // Kind 2: the axes lie the other way round, as in a transposed view.
    const int64_t d = kind == 2 ? i : rank - 1 - i;
    const int repeated = kind == 3 ? 1 : kind == 4 ? test_below(2) == 0 : 0;
    strides[d] = repeated ? 0 : step;
    if (!repeated) step = step * sizes[d] + (kind == 1 ? test_below(3) : 0);
    last += (sizes[d] - 1) * strides[d];
  }
  return last + 1;
}

static void choose_steps(sluice_expression_parameters *p) {
  for (int32_t s = 0; s < p->steps; s++) {
    sluice_expression_step *step = &p->step[s];
    const int64_t values = p->inputs + s;
    step->code = exact_codes[test_below(COUNT(exact_codes))];
    if (values == 0) step->code = SLUICE_STEP_CONSTANT;
    step->a = values ? (int32_t)test_below(values) : 0;
    step->b = values ? (int32_t)test_below(values) : 0;
    step->alpha = test_float();
    step->beta = test_below(20) == 0 ? NAN : test_float();
  }
}

/// One random expression on all variants. Every tenth runs over its own first input.
static void check_chain(void) {
  sluice_expression_parameters p = {0};
  float *operands[12], *outputs[4], *expected[4];
  int64_t spans[12], total = 1;
  p.rank = 1 + test_below(4);
  for (int64_t d = 0; d < p.rank; d++) {
    p.sizes[d] = lengths[test_below(p.rank > 2 ? 8 : COUNT(lengths))];
    total *= p.sizes[d];
  }
  p.inputs = (int32_t)test_below(9);
  p.steps = (int32_t)test_below(33);
  if (p.inputs + p.steps == 0) p.steps = 1;
  p.outputs = (int32_t)(1 + test_below(4));
  choose_steps(&p);
  for (int32_t i = 0; i < p.inputs; i++) {
    spans[i] = choose_strides(p.sizes, p.rank, 0, p.input_strides[i]);
    operands[i] = test_floats(spans[i]);
    if (test_below(4) == 0) operands[i][test_below(spans[i])] = NAN;
    if (test_below(4) == 0) operands[i][test_below(spans[i])] = -0.0f;
  }
  for (int32_t j = 0; j < p.outputs; j++) {
    const int32_t values = p.inputs + p.steps;
    p.results[j] = j == 0 || test_below(2) ? values - 1 : (int32_t)test_below(values);
    spans[8 + j] = choose_strides(p.sizes, p.rank, 1, p.output_strides[j]);
    outputs[j] = test_floats(spans[8 + j]);
    expected[j] = test_copy(outputs[j], spans[8 + j]);
  }
  for (int64_t i = 0; i < total; i++) {
    float values[40];
    for (int32_t v = 0; v < p.inputs; v++) {
      values[v] = operands[v][element(p.sizes, p.rank, p.input_strides[v], i)];
    }
    for (int32_t s = 0; s < p.steps; s++) {
      values[p.inputs + s] =
          exact_step(&p.step[s], values[p.step[s].a], values[p.step[s].b]);
    }
    for (int32_t j = 0; j < p.outputs; j++) {
      expected[j][element(p.sizes, p.rank, p.output_strides[j], i)] = values[p.results[j]];
    }
  }
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v])) continue;
    float *y[4];
    void *all[12];
    for (int32_t i = 0; i < p.inputs; i++) all[i] = operands[i];
    for (int32_t j = 0; j < p.outputs; j++) {
      all[p.inputs + j] = y[j] = test_copy(outputs[j], spans[8 + j]);
    }
    EXPECT(sluice_kernels()->expression(&p, all) == 0, "expression returned an error");
    for (int32_t j = 0; j < p.outputs; j++) {
      for (int64_t i = 0; i < spans[8 + j]; i++) {
        EXPECT(
            test_same(y[j][i], expected[j][i]),
            "output %d at %lld: %a, expected %a (rank %lld, inner %lld, %d inputs, %d steps)", j,
            (long long)i, y[j][i], expected[j][i], (long long)p.rank,
            (long long)p.sizes[p.rank - 1], p.inputs, p.steps);
      }
      test_free(y[j]);
    }
  }
  for (int32_t i = 0; i < p.inputs; i++) test_free(operands[i]);
  for (int32_t j = 0; j < p.outputs; j++) test_free(outputs[j]), test_free(expected[j]);
}

/// An output over its first input gives what it gives elsewhere.
static void check_in_place(int64_t length) {
  sluice_expression_parameters p = {.rank = 1, .inputs = 1, .outputs = 1, .steps = 3};
  p.sizes[0] = length;
  p.input_strides[0][0] = p.output_strides[0][0] = 1;
  p.step[0] = (sluice_expression_step){SLUICE_STEP_SQUARE, 0, 0, 0, 0};
  p.step[1] = (sluice_expression_step){SLUICE_STEP_BINARY + SLUICE_ADD, 0, 1, 0, 0};
  p.step[2] = (sluice_expression_step){SLUICE_STEP_BINARY + SLUICE_SUB, 2, 0, 0, 0};
  p.results[0] = 3;
  float *x = test_floats(length);
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v])) continue;
    float *y = test_copy(x, length);
    void *operands[] = {y, y};
    sluice_kernels()->expression(&p, operands);
    for (int64_t i = 0; i < length; i++) {
      EXPECT(test_same(y[i], (x[i] + x[i] * x[i]) - x[i]), "in place at %lld", (long long)i);
    }
    test_free(y);
  }
  test_free(x);
}

static float special(void) {
  static const float values[] = {0.0f, -0.0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 0.3f, 1e-40f, -1e-40f,
                                 1e38f, INFINITY, -INFINITY, NAN, 16777215, 2.5f, -2.5f};
  return test_below(2) ? values[test_below(COUNT(values))] : ldexpf(test_float(), (int)test_below(60) - 30);
}

/// Powers against C's in double, within 0.51 ulp, and equal bits with FMA.
static void check_power(int64_t length) {
  float *a = test_floats(length), *b = test_floats(length), *y[3] = {0};
  sluice_expression_parameters p = {.rank = 1, .inputs = 2, .outputs = 1, .steps = 1};
  p.sizes[0] = length;
  p.input_strides[0][0] = p.input_strides[1][0] = p.output_strides[0][0] = 1;
  p.step[0] = (sluice_expression_step){SLUICE_STEP_BINARY + SLUICE_POW, 0, 1, 0, 0};
  p.results[0] = 2;
  for (int64_t i = 0; i < length; i++) a[i] = special(), b[i] = special();
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v])) continue;
    y[v] = test_memory(length * (int64_t)sizeof(float));
    void *operands[] = {a, b, y[v]};
    sluice_kernels()->expression(&p, operands);
    for (int64_t i = 0; i < length; i++) {
      const double exact = pow(a[i], b[i]);
      const float rounded = (float)exact;
      const int near = isfinite(rounded) && fabs(y[v][i] - exact) <=
          0.51 * fmax(0x1p-149, fabs((double)nextafterf(rounded, INFINITY) - rounded));
      EXPECT(test_same(y[v][i], rounded) || near, "pow(%a, %a) = %a, expected %a", a[i], b[i],
             y[v][i], exact);
      EXPECT(v < 2 || !y[1] || test_same(y[1][i], y[v][i]), "pow differs from AVX2's");
    }
  }
  for (int v = 0; v < 3; v++) test_free(y[v]);
  test_free(a), test_free(b);
}

/// Every unary function as a step: equal to the table's `unary`, and equal bits with FMA.
static void check_functions(int32_t code, int64_t length) {
  float *x = test_floats(length), *y[3] = {0}, *single = test_memory(length * (int64_t)sizeof(float));
  sluice_expression_parameters p = {.rank = 1, .inputs = 1, .outputs = 1, .steps = 1};
  p.sizes[0] = length;
  p.input_strides[0][0] = p.output_strides[0][0] = 1;
  p.step[0] = (sluice_expression_step){code, 0, 0, 0.7f, 0.4f};
  p.results[0] = 1;
  for (int64_t i = 0; i < length; i++) x[i] *= 20;
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v])) continue;
    y[v] = test_memory(length * (int64_t)sizeof(float));
    void *operands[] = {x, y[v]};
    sluice_kernels()->expression(&p, operands);
    if (code != SLUICE_STEP_SILU) sluice_kernels()->unary(code, 0.7f, 0.4f, x, single, length);
    for (int64_t i = 0; i < length; i++) {
      if (code == SLUICE_STEP_SILU) single[i] = (float)(x[i] / (1 + exp(-(double)x[i])));
      const int as_table = code == SLUICE_STEP_SILU ? fabsf(y[v][i] - single[i]) <= 2e-6f
                                                    : test_same(y[v][i], single[i]);
      EXPECT(as_table, "code %d at %a: %a, expected %a", code, x[i], y[v][i], single[i]);
      EXPECT(v < 2 || !y[1] || test_same(y[1][i], y[v][i]), "code %d differs from AVX2's", code);
    }
  }
  for (int v = 0; v < 3; v++) test_free(y[v]);
  test_free(x), test_free(single);
}

int main(int argc, char **argv) {
  test_begin(argc, argv);
  for (int i = 0; i < CASES; i++) check_chain();
  for (int64_t i = 0; i < COUNT(lengths); i++) {
    check_in_place(lengths[i]);
    check_power(lengths[i] * 37);
    for (int32_t code = 0; code < SLUICE_NOT; code++) check_functions(code, lengths[i]);
    check_functions(SLUICE_STEP_SILU, lengths[i]);
  }
  return test_end("expression", CASES);
}
