// Convolutions, element-wise chains, norms, reductions and copies at the shapes of one frame of gtcrn and
// fastenhancer: the kernel of one operator after the other (im2col and OpenBLAS, libm) against the vector
// kernels, in turns in one run, one thread.
//
//     clang -O2 -DSLUICE_KERNELS -IKernels/include Benchmarks/kernels/windows.c Kernels/CPU/*.c
//         -lm -o windows && OPENBLAS_NUM_THREADS=1 ./windows [PART OF A NAME]
//
// Prints nanoseconds a call, least and median: before, then each variant. Convolutions show their form
// with AVX-512 (along positions, both, channels, groups) and the estimate.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sluice_kernels.h"

enum { TRIES = 300, CALLS = 32, VARIANTS = 3 };

static const char *const variants[VARIANTS] = {"baseline", "avx2", "avx512"};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static float *floats(int64_t count) {
  float *values = aligned_alloc(64, (size_t)((count * 4 + 127) / 64 * 64));
  for (int64_t i = 0; i < count; i++) values[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  return values;
}

/// One or more calls after each other.
typedef struct {
  sluice_kernel kernel;
  const void *parameters;
  void *operands[12];
} call;

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void time_calls(const call *calls, int count, double *least, double *median) {
  static double times[TRIES];
  for (int i = 0; i < TRIES; i++) {
    const double start = now();
    for (int k = 0; k < CALLS; k++) {
      for (int c = 0; c < count; c++) calls[c].kernel(calls[c].parameters, calls[c].operands);
    }
    times[i] = (now() - start) / CALLS;
  }
  qsort(times, TRIES, sizeof times[0], compare);
  *least = times[0];
  *median = times[TRIES / 2];
}

/// Only cases whose name contains it; all if null.
static const char *wanted;

/// `pick` gives the new kernel of the variant in use.
static void report(
    const char *name, const call *before, int count, sluice_kernel (*pick)(void), call after) {
  double least, median;
  if (wanted && !strstr(name, wanted)) return;
  printf("%-44s", name);
  if (count > 0) {
    time_calls(before, count, &least, &median);
    printf(" %7.0f %7.0f |", least, median);
  } else {
    printf("       -       - |");
  }
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variants[v])) continue;
    after.kernel = pick();
    time_calls(&after, 1, &least, &median);
    printf(" %7.0f %7.0f", least, median);
  }
  printf("\n");
}

static sluice_kernel pick_convolution(void) { return sluice_kernels()->convolution; }
static sluice_kernel pick_expression(void) { return sluice_kernels()->expression; }
static sluice_kernel pick_assemble(void) { return sluice_kernels()->assemble; }
static sluice_kernel pick_layer_norm(void) { return sluice_kernels()->layer_norm; }
static sluice_kernel pick_softmax(void) { return sluice_kernels()->softmax; }
static sluice_kernel pick_mean(void) { return sluice_kernels()->reduce[SLUICE_REDUCE_MEAN]; }

static sluice_window axis(int64_t n, int64_t k, int64_t s, int64_t d, int64_t pad, int transposed) {
  const int64_t reach = (k - 1) * d;
  const int64_t out = transposed ? (n - 1) * s + reach + 1 - 2 * pad : (n + 2 * pad - reach - 1) / s + 1;
  return (sluice_window){n, out, k, s, d, pad, pad};
}

static void convolution(
    const char *name, int64_t c, int64_t m, int64_t g, sluice_window h, sluice_window w,
    int transposed) {
  sluice_library_convolution_parameters old = {1, c, m, g, {{1, 1, 1, 1, 1, 0, 0}, h, w}, 0};
  sluice_convolution_parameters p = {.batch = 1, .input_channels = c, .output_channels = m,
                                     .groups = g, .axes = {{1, 1, 1, 1, 1, 0, 0}, h, w},
                                     .transposed = transposed,
                                     .activation = SLUICE_FOLLOWED_BY_NOTHING};
  const int64_t inputs = h.input * w.input, outputs = h.output * w.output;
  const int64_t weights = c * m / g * h.kernel * w.kernel;
  p.x_channel = inputs, p.x_axes[1] = w.input, p.x_axes[2] = p.x_axes[0] = 1;
  p.y_channel = outputs, p.y_axes[1] = w.output, p.y_axes[2] = p.y_axes[0] = 1;
  old.tile = outputs;
  float *x = floats(c * inputs), *dense = floats(weights), *bias = floats(m);
  float *y = floats(m * outputs), *columns = floats(weights * (inputs + outputs));
  float *packed = floats(sluice_convolution_packed_count(&p));
  void *workspace = floats(sluice_convolution_workspace(&p) / 4 + 16);
  sluice_convolution_pack(&p, dense, packed);
  const call before = {sluice_library_convolution, &old, {x, dense, bias, columns, y}};
  const call after = {NULL, &p, {x, packed, bias, NULL, workspace, y}};
  char text[128];
  static const char marks[] = "pbcg";
  snprintf(text, sizeof text, "%s (%c, %.0f)", name, marks[sluice_convolution_choice(&p, 16)],
           sluice_convolution_estimate(&p, 16));
  report(text, &before, !transposed && sluice_library_open() == 0, pick_convolution, after);
  free(x), free(dense), free(bias), free(y), free(columns), free(packed), free(workspace);
}

static void convolutions(void) {
  const sluice_window one = {1, 1, 1, 1, 1, 0, 0};
  convolution("gtcrn conv 9>16 1x5/2 129", 9, 16, 1, one, axis(129, 5, 2, 1, 2, 0), 0);
  convolution("gtcrn conv 16>16 g2 1x5/2 65", 16, 16, 2, one, axis(65, 5, 2, 1, 2, 0), 0);
  convolution("gtcrn conv 24>16 1x1 33", 24, 16, 1, one, axis(33, 1, 1, 1, 0, 0), 0);
  convolution("gtcrn conv 16>8 1x1 33", 16, 8, 1, one, axis(33, 1, 1, 1, 0, 0), 0);
  convolution("gtcrn depthwise 3x3 d1", 16, 16, 16, axis(3, 3, 1, 1, 0, 0), axis(33, 3, 1, 1, 1, 0), 0);
  convolution("gtcrn depthwise 3x3 d5", 16, 16, 16, axis(11, 3, 1, 5, 0, 0), axis(33, 3, 1, 1, 1, 0), 0);
  convolution("gtcrn transposed depthwise d5", 16, 16, 16, axis(11, 3, 1, 5, 10, 1),
              axis(33, 3, 1, 1, 1, 1), 1);
  convolution("gtcrn transposed 24>16 1x1", 24, 16, 1, one, axis(33, 1, 1, 1, 0, 1), 1);
  convolution("gtcrn transposed 16>16 g2 1x5/2", 16, 16, 2, one, axis(33, 5, 2, 1, 2, 1), 1);
  convolution("gtcrn transposed 16>2 1x5/2", 16, 2, 1, one, axis(65, 5, 2, 1, 2, 1), 1);
  convolution("fastenhancer conv 8>24 k2 64", 8, 24, 1, one, axis(65, 2, 1, 1, 0, 0), 0);
  convolution("fastenhancer conv 24>24 k3 64", 24, 24, 1, one, axis(64, 3, 1, 1, 1, 0), 0);
  convolution("fastenhancer conv 48>24 k1 64", 48, 24, 1, one, axis(64, 1, 1, 1, 0, 0), 0);
  convolution("fastenhancer_b conv 48>48 k3 64", 48, 48, 1, one, axis(64, 3, 1, 1, 1, 0), 0);
  convolution("fastenhancer transposed 24>2 k8/4", 24, 2, 1, one, axis(64, 8, 4, 1, 2, 1), 1);
  convolution("CRNN conv 1>128 10x4/2", 1, 128, 1, axis(48, 10, 2, 1, 0, 0), axis(10, 4, 2, 1, 0, 0), 0);
}

static sluice_broadcast_parameters dense(int64_t rank, int64_t rows, int64_t columns) {
  sluice_broadcast_parameters p = {.rank = rank};
  p.sizes[0] = rank == 1 ? rows * columns : rows;
  p.sizes[1] = columns;
  p.a[0] = p.b[0] = rank == 1 ? 1 : columns;
  p.a[1] = p.b[1] = 1;
  return p;
}

static void single(const char *name, sluice_binary kind, int repeated, int64_t rows, int64_t columns) {
  const int64_t count = rows * columns, rank = repeated ? 2 : 1;
  sluice_broadcast_parameters old = dense(rank, rows, columns);
  sluice_expression_parameters p = {.rank = rank, .inputs = 2, .outputs = 1, .steps = 1};
  if (repeated) old.b[0] = 1, old.b[1] = 0;
  for (int d = 0; d < 2; d++) {
    p.sizes[d] = old.sizes[d];
    p.input_strides[0][d] = p.output_strides[0][d] = old.a[d];
    p.input_strides[1][d] = old.b[d];
  }
  p.results[0] = 2;
  p.step[0] = (sluice_expression_step){SLUICE_STEP_BINARY + (int32_t)kind, 0, 1, 0, 0};
  float *a = floats(count), *b = floats(count), *y = floats(count);
  const call before = {sluice_binary_kernel(kind, SLUICE_F32), &old, {a, b, y}};
  const call after = {NULL, &p, {a, b, y}};
  report(name, &before, 1, pick_expression, after);
  free(a), free(b), free(y);
}

/// y = f(x) alone; then x · σ(x).
static void functions(void) {
  const int64_t count = 24 * 64;
  const sluice_unary_parameters old = {count, 0, 0};
  const sluice_broadcast_parameters product = dense(1, 1, count);
  sluice_expression_parameters p = {.rank = 1, .inputs = 1, .outputs = 1, .steps = 1};
  p.sizes[0] = count;
  p.input_strides[0][0] = p.output_strides[0][0] = 1;
  p.results[0] = 1;
  p.step[0] = (sluice_expression_step){SLUICE_RELU, 0, 0, 0, 0};
  float *x = floats(count), *s = floats(count), *y = floats(count);
  const call relu = {sluice_unary_kernel(SLUICE_RELU, SLUICE_F32), &old, {x, y}};
  const call after = {NULL, &p, {x, y}};
  report("relu 1536", &relu, 1, pick_expression, after);
  p.step[0].code = SLUICE_TANH;
  const call tangent = {sluice_unary_kernel(SLUICE_TANH, SLUICE_F32), &old, {x, y}};
  report("tanh 1536", &tangent, 1, pick_expression, after);
  p.step[0].code = SLUICE_STEP_SILU;
  const call silu[] = {{sluice_unary_kernel(SLUICE_SIGMOID, SLUICE_F32), &old, {x, s}},
                       {sluice_binary_kernel(SLUICE_MUL, SLUICE_F32), &product, {x, s, y}}};
  report("x * sigmoid(x) 1536 (2 operators)", silu, 2, pick_expression, after);
  free(x), free(s), free(y);
}

/// sqrt(a² + b² + ε) of gtcrn's spectrum: four operators.
static void magnitude(void) {
  const int64_t n = 257;
  sluice_broadcast_parameters two = dense(1, 1, n), one = dense(1, 1, n);
  const sluice_unary_parameters root = {n, 0, 0};
  one.b[0] = 0;
  sluice_expression_parameters p = {.rank = 1, .inputs = 2, .outputs = 1, .steps = 5};
  p.sizes[0] = n;
  p.input_strides[0][0] = p.input_strides[1][0] = p.output_strides[0][0] = 1;
  p.step[0] = (sluice_expression_step){SLUICE_STEP_SQUARE, 0, 0, 0, 0};
  p.step[1] = (sluice_expression_step){SLUICE_STEP_SQUARE, 1, 0, 0, 0};
  p.step[2] = (sluice_expression_step){SLUICE_STEP_BINARY + SLUICE_ADD, 2, 3, 0, 0};
  p.step[3] = (sluice_expression_step){SLUICE_STEP_AFFINE, 4, 0, 1, 1e-12f};
  p.step[4] = (sluice_expression_step){SLUICE_SQRT, 5, 0, 0, 0};
  p.results[0] = 6;
  float *a = floats(n), *b = floats(n), *c = floats(n), *d = floats(n), *y = floats(n);
  static float exponent = 2, epsilon = 1e-12f;
  const call before[] = {{sluice_binary_kernel(SLUICE_POW, SLUICE_F32), &one, {a, &exponent, c}},
                         {sluice_binary_kernel(SLUICE_POW, SLUICE_F32), &one, {b, &exponent, d}},
                         {sluice_binary_kernel(SLUICE_ADD, SLUICE_F32), &two, {c, d, y}},
                         {sluice_binary_kernel(SLUICE_ADD, SLUICE_F32), &one, {y, &epsilon, c}},
                         {sluice_unary_kernel(SLUICE_SQRT, SLUICE_F32), &root, {c, y}}};
  const call after = {NULL, &p, {a, b, y}};
  report("gtcrn magnitude 257 (5 operators)", before, 5, pick_expression, after);
  single("pow(x, 0.3) 256", SLUICE_POW, 0, 1, 256);
  free(a), free(b), free(c), free(d), free(y);
}

static void rows(void) {
  const sluice_layer_norm_parameters norm = {1, 528, 1e-8f};
  const sluice_lines_parameters lines = {64, 16, 1};
  sluice_reduce_parameters mean = {.kept_rank = 1, .reduced_rank = 1};
  mean.kept_sizes[0] = 8, mean.kept_strides[0] = 33;
  mean.reduced_sizes[0] = 33, mean.reduced_strides[0] = 1;
  float *x = floats(1024), *scale = floats(1024), *bias = floats(1024), *r = floats(1024);
  float *y = floats(1024);
  report("layer norm 528 with residual", NULL, 0, pick_layer_norm,
         (call){NULL, &norm, {x, scale, bias, r, y, NULL, NULL}});
  report("mean [8, 33]", NULL, 0, pick_mean, (call){NULL, &mean, {x, y}});
  report("softmax 64 x 16", NULL, 0, pick_softmax, (call){NULL, &lines, {x, y}});
  free(x), free(scale), free(bias), free(r), free(y);
}

static void copies(void) {
  const sluice_copy_parameters turn = {4, 2, {33, 16}, {4, 132}, {64, 4}};
  sluice_assemble_parameters p = {4, 1, 1, {{0, 0, 0, 2, {33, 16}, {1, 33}, {16, 1}, 0}}};
  float *x = floats(2048), *z = floats(2048), *y = floats(4096);
  const call before = {sluice_copy, &turn, {x, y}};
  report("transpose [16, 33]", &before, 1, pick_assemble, (call){NULL, &p, {x, y}});
  const sluice_copy_parameters split = {4, 1, {257}, {8}, {4}};
  sluice_assemble_parameters parts = {4, 1, 2, {{0, 0, 0, 1, {257}, {2}, {1}, 0},
                                                {0, 1, 257, 1, {257}, {2}, {1}, 0}}};
  const call halves[] = {{sluice_copy, &split, {x, y}}, {sluice_copy, &split, {x + 1, y + 257}}};
  report("real and imaginary of 257", halves, 2, pick_assemble, (call){NULL, &parts, {x, y}});
  const sluice_copy_parameters memory = {4, 2, {16, 66}, {132 * 4, 4}, {99 * 4, 4}};
  const sluice_copy_parameters frame = {4, 2, {16, 33}, {33 * 4, 4}, {99 * 4, 4}};
  sluice_assemble_parameters joined = {4, 2, 2, {{0, 0, 0, 2, {16, 66}, {132, 1}, {99, 1}, 0},
                                                 {1, 0, 66, 2, {16, 33}, {33, 1}, {99, 1}, 0}}};
  const call both[] = {{sluice_copy, &memory, {x, y}}, {sluice_copy, &frame, {z, y + 66}}};
  report("concat [16, 2, 33] and [16, 1, 33]", both, 2, pick_assemble,
         (call){NULL, &joined, {x, z, y}});
  free(x), free(z), free(y);
}

int main(int argc, char **argv) {
  wanted = argc > 1 ? argv[1] : NULL;
  printf("%-44s %15s | %15s %15s %15s   ns, least and median\n", "", "before", "baseline", "avx2",
         "avx512");
  convolutions();
  single("add 528", SLUICE_ADD, 0, 33, 16);
  single("add 1536", SLUICE_ADD, 0, 24, 64);
  single("mul [8, 33] by [8, 1]", SLUICE_MUL, 1, 8, 33);
  single("mul [256, 2] by [256, 1]", SLUICE_MUL, 1, 256, 2);
  functions();
  magnitude();
  rows();
  copies();
  return 0;
}
