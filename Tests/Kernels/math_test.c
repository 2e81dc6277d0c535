// Compares the vector functions of every variant that runs here with libm in double.
//
//     clang -O2 -IKernels/include Tests/Kernels/math_test.c Kernels/CPU/dispatch.c
//         Kernels/CPU/variant_*.c -lm -o math_test && ./math_test [STRIDE]
//
// Takes every STRIDE-th float of all 2^32 (default 251; 1 takes some minutes). Prints the largest
// errors; fails where one exceeds the bound that Kernels/CPU/Vector/math.h states.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice_dispatch.h"
#include "sluice_kernels.h"

typedef double (*exact_function)(double);
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double gelu(double x) { return 0.5 * x * (1 + erf(x * M_SQRT1_2)); }
static double mish(double x) { return x * tanh(softplus(x)); }
static double elu(double x) { return x < 0 ? expm1(x) : x; }
static double reciprocal(double x) { return 1 / x; }

/// A value passes if its error is within `absolute` or within `relative` of the exact value.
static const struct {
  const char *name;
  sluice_unary kind;
  exact_function exact;
  double absolute, relative;
} functions[] = {
    {"exp", SLUICE_EXP, exp, 1.5e-45, 1e-7},
    {"elu (expm1)", SLUICE_ELU, elu, 1.5e-45, 1.5e-7},
    {"log", SLUICE_LOG, log, 0, 1e-7},
    {"softplus", SLUICE_SOFTPLUS, softplus, 1.5e-45, 2e-7},
    {"sigmoid", SLUICE_SIGMOID, sigmoid, 1e-7, 0},
    {"tanh", SLUICE_TANH, tanh, 1.5e-7, 0},
    {"tanh, relative", SLUICE_TANH, tanh, 0, 2e-7},
    {"erf", SLUICE_ERF, erf, 1e-7, 0},
    {"erf, relative", SLUICE_ERF, erf, 1.5e-45, 1.5e-7},
    {"gelu", SLUICE_GELU, gelu, 2e-7, 4e-7},
    {"mish", SLUICE_MISH, mish, 1e-38, 1e-6},
    {"reciprocal", SLUICE_RECIPROCAL, reciprocal, 1.5e-45, 6e-8},
    {"sqrt", SLUICE_SQRT, sqrt, 0, 6e-8},
    {"round", SLUICE_ROUND, rint, 0, 0},
    {"floor", SLUICE_FLOOR, floor, 0, 0},
    {"ceil", SLUICE_CEIL, ceil, 0, 0},
};

enum { BLOCK = 4096 };

static const char *const variants[] = {"baseline", "avx2", "avx512"};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static int failures;

/// Largest errors of a variant: absolute, relative.
typedef double worst_errors[2];

static void check_block(
    int f, const float *x, const double *exact, const float *y, int count, worst_errors worst) {
  for (int i = 0; i < count; i++) {
    const float rounded = (float)exact[i];
    if (isnan(exact[i]) ? isnan(y[i]) : y[i] == rounded) continue;
    const double error = fabs(y[i] - exact[i]), relative = error / fabs(exact[i]);
    // A result just below the greatest float may be inf where the exact one is within the bound.
    const int passes = error <= functions[f].absolute || relative <= functions[f].relative
                       || (isinf(y[i]) && fabs(exact[i]) > 3.4028232e38);
    if (!passes && failures++ < 20) {
      printf("FAIL %s %s(%a = %g): %a, expected %a\n", sluice_variant_name(), functions[f].name,
             x[i], x[i], y[i], exact[i]);
    }
    if (isfinite(error) && error > worst[0]) worst[0] = error;
    if (isfinite(relative) && fabs(exact[i]) > 1.2e-38 && relative > worst[1]) worst[1] = relative;
  }
}

/// Holds every variant that runs here against exact values, which are computed once.
static void check_values(int f, const float *x, int count, worst_errors worst[VARIANTS]) {
  static double exact[BLOCK];
  static float y[BLOCK];
  for (int i = 0; i < count; i++) exact[i] = functions[f].exact(x[i]);
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variants[v]) != 0) continue;
    sluice_kernels()->unary(functions[f].kind, 1, 0, x, y, count);
    check_block(f, x, exact, y, count, worst[v]);
  }
}

static void check_function(int f, uint64_t stride) {
  static float x[BLOCK];
  worst_errors worst[VARIANTS] = {0};
  int count = 0;
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += stride) {
    const uint32_t word = (uint32_t)bits;
    memcpy(&x[count++], &word, 4);
    if (count == BLOCK || bits + stride > UINT32_MAX) {
      check_values(f, x, count, worst);
      count = 0;
    }
  }
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variants[v]) != 0) continue;
    printf("%-9s %-15s absolute %.2e  relative %.2e\n", variants[v], functions[f].name,
           worst[v][0], worst[v][1]);
  }
}

static void check_ends(int f) {
  const float ends[] = {0, -0.0f, INFINITY, -INFINITY, NAN, 88.7f, -103.9f, 0x1p-149f, -0x1p-149f,
                        3.4028235e38f, -3.4028235e38f};
  worst_errors worst[VARIANTS] = {0};
  check_values(f, ends, sizeof ends / sizeof ends[0], worst);
}

int main(int count, char **arguments) {
  const uint64_t stride = count > 1 ? strtoull(arguments[1], NULL, 10) : 251;
  for (unsigned f = 0; f < sizeof functions / sizeof functions[0]; f++) {
    check_ends((int)f);
    check_function((int)f, stride ? stride : 1);
  }
  printf("%s: %d failures\n", failures ? "FAILED" : "passed", failures);
  return failures != 0;
}
