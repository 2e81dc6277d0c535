// One GRU step of I = H, 1 and 16 streams, by each variant, beside the same two products by OpenBLAS
// and a plain read of the same weights, in turns in one run. One thread.
//
//     clang -O2 -IKernels/include -IKernels/CPU Benchmarks/kernels/gru.c Kernels/CPU/variant_*.c
//         Kernels/CPU/{dispatch,pack,run}.c -lopenblas -lm -o gru && ./gru
//
// Prints the least and the median microseconds, and GB/s of weights at the least.
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

enum { MOST_STREAMS = 16, TRIES = 400 };

typedef struct {
  int64_t hidden, streams;
  float *w, *u;                // dense [3 H, H]
  float *packed_w, *packed_u, *bias;
  float *x, *h, *y, *products; // [streams, H], products [streams, 3 H]
  void *workspace;
} step;

static volatile float sink;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static float *floats(int64_t count, float scale) {
  float *values = aligned_alloc(64, (size_t)((count * 4 + 63) / 64 * 64));
  for (int64_t i = 0; i < count; i++) values[i] = scale * ((float)rand() / (float)RAND_MAX - 0.5f);
  return values;
}

static sluice_packed_recurrence_parameters parameters(int64_t hidden) {
  const sluice_packed_recurrence_parameters p = {
      .length = 1, .rows = 1, .inputs = hidden, .hidden = hidden, .directions = 1, .option = 1,
      .clip = INFINITY, .chunk = 1,
      .activations = {{SLUICE_ACTIVATION_SIGMOID, 0, 0}, {SLUICE_ACTIVATION_TANH, 0, 0}},
      .x_step = hidden, .x_row = hidden, .x_column = 1, .initial_direction = hidden,
      .initial_row = hidden, .last_direction = hidden, .last_row = hidden};
  return p;
}

static step make_step(int64_t hidden) {
  const int64_t weights = 3 * hidden * hidden, rows = MOST_STREAMS * hidden;
  const sluice_packed_recurrence_parameters p = parameters(hidden);
  const float scale = 2 / sqrtf((float)hidden);
  step s = {
      .hidden = hidden, .w = floats(weights, scale), .u = floats(weights, scale),
      .packed_w = floats(sluice_packed_gates_floats(SLUICE_CELL_GRU, hidden, hidden), 0),
      .packed_u = floats(sluice_packed_gates_floats(SLUICE_CELL_GRU, hidden, hidden), 0),
      .bias = floats(sluice_packed_bias_floats(SLUICE_CELL_GRU, hidden), 0),
      .x = floats(rows, 2), .h = floats(rows, 2), .y = floats(rows, 0),
      .products = floats(3 * rows, 0)};
  s.workspace = aligned_alloc(
      64, (size_t)sluice_recurrence_workspace(SLUICE_CELL_GRU, &p, MOST_STREAMS) + 64);
  sluice_pack_gates(SLUICE_CELL_GRU, s.w, hidden, hidden, s.packed_w);
  sluice_pack_state_gates(SLUICE_CELL_GRU, s.u, hidden, 1, s.packed_u);
  sluice_pack_bias(SLUICE_CELL_GRU, NULL, hidden, 1, s.bias);
  return s;
}

static void free_step(step *s) {
  float *const all[] = {s->w, s->u, s->packed_w, s->packed_u, s->bias, s->x, s->h, s->y,
                        s->products, s->workspace};
  for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

static void packed(const step *s) {
  const sluice_packed_recurrence_parameters p = parameters(s->hidden);
  void *operands[MOST_STREAMS][9];
  void *const *streams[MOST_STREAMS];
  for (int64_t i = 0; i < s->streams; i++) {
    void *const list[] = {
        s->x + i * s->hidden, s->packed_w, s->packed_u, s->bias, NULL, s->h + i * s->hidden, NULL,
        s->y + i * s->hidden, s->workspace};
    memcpy(operands[i], list, sizeof list);
    streams[i] = operands[i];
  }
  sluice_kernels()->gru(&p, streams, s->streams);
  sluice_turns++;
}

static void blas_product(const step *s, const float *weights, const float *rows) {
  const blasint h = (blasint)s->hidden;
  if (s->streams == 1) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, 3 * h, h, 1, weights, h, rows, 1, 0, s->products, 1);
  } else {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)s->streams, 3 * h, h, 1, rows, h,
                weights, h, 0, s->products, 3 * h);
  }
}

static void blas(const step *s) {
  blas_product(s, s->w, s->x);
  blas_product(s, s->u, s->h);
}

/// Sums the weights in 8 places at once, as the products do.
static void plain_read(const step *s) {
  typedef float vector __attribute__((ext_vector_type(16)));
  const int64_t part = 3 * s->hidden * s->hidden / 16 / 8;
  vector sum[8] = {0};
  for (int matrix = 0; matrix < 2; matrix++) {
    const vector *from = (const vector *)(matrix ? s->packed_u : s->packed_w);
    for (int64_t i = 0; i < part; i++) {
      for (int lane = 0; lane < 8; lane++) sum[lane] += from[lane * part + i];
    }
  }
  for (int lane = 0; lane < 8; lane++) sink = sink + sum[lane].x + sum[lane].s7;
}

static int ascending(const void *a, const void *b) {
  const double d = *(const double *)a - *(const double *)b;
  return (d > 0) - (d < 0);
}

static void print(const char *name, const step *s, double *times, int count) {
  qsort(times, (size_t)count, sizeof(double), ascending);
  const double bytes = 24.0 * (double)s->hidden * (double)s->hidden;
  printf("%6lld %4lld  %-10s %9.2f %9.2f %8.1f\n", (long long)s->hidden, (long long)s->streams,
         name, times[0], times[count / 2], bytes / times[0] * 1e-3);
}

enum { WAYS = 5 };
static const char *const names[WAYS] = {"read", "openblas", "baseline", "avx2", "avx512"};

static void run(const step *s, int way) {
  if (way == 0) {
    plain_read(s);
  } else if (way == 1) {
    blas(s);
  } else {
    packed(s);
  }
}

static void measure(const step *s) {
  static double times[WAYS][TRIES];
  const int tries = s->hidden >= 1024 ? 40 : s->hidden >= 256 ? 150 : TRIES;
  for (int way = 0; way < WAYS; way++) {
    if (way >= 2 && sluice_set_variant(names[way]) != 0) continue;
    for (int i = -3; i < tries; i++) {
      const double start = now();
      run(s, way);
      if (i >= 0) times[way][i] = now() - start;
    }
    print(names[way], s, times[way], tries);
  }
}

int main(void) {
  static const int64_t sizes[] = {64, 256, 512, 1024, 2048};
  openblas_set_num_threads(1);
  printf("   I=H   streams, way, microseconds: least, median; GB/s of weights\n");
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    step s = make_step(sizes[i]);
    for (s.streams = 1; s.streams <= 16; s.streams += 15) measure(&s);
    free_step(&s);
  }
  return 0;
}
