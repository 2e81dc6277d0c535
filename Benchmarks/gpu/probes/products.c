// E9. Rate of the tiled products of a step for many streams, before gates and states. Part 0:
// T128, by the matrix instruction; part 1: F64, by fma. Decides tiles and the number of stages.
#include "experiments.h"

typedef struct {
  int streams, units, k;
} Size;

static uint32_t hashed(size_t i) {
  uint64_t v = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u;
  return (uint32_t)((v ^ v >> 29) * 0xbf58476d1ce4e5b9u >> 40);
}

/// Values that halves hold exactly.
static float x_value(int m, int k, int count) {
  return ((float)(hashed((size_t)m * (size_t)count + (size_t)k) % 257) - 128) / 128;
}

static float w_value(const Size *s, int gate, int unit, int k) {
  const size_t at = ((size_t)gate * (size_t)s->units + (size_t)unit) * (size_t)s->k + (size_t)k;
  return ((float)(hashed(at ^ 0x5555555) % 257) - 128) / 4096;
}

static cl_mem buffer_of_floats(size_t count, float *(*fill)(const Size *, float *), const Size *s) {
  float *values = malloc(count * 4);
  const cl_mem buffer = buffer_of(fill(s, values), count * 4);
  free(values);
  return buffer;
}

static float *rows_in_floats(const Size *s, float *out) {
  for (int m = 0; m < s->streams; m++) {
    for (int k = 0; k < s->k; k++) out[(size_t)m * (size_t)s->k + (size_t)k] = x_value(m, k, s->k);
  }
  return out;
}

static float *weights_in_floats(const Size *s, float *out) {
  float *at = out;
  for (int tile = 0; tile < s->units / 32; tile++) {
    for (int k = 0; k < s->k; k++) {
      for (int i = 0; i < 96; i++) *at++ = w_value(s, i / 32, tile * 32 + i % 32, k);
    }
  }
  return out;
}

static cl_mem rows_in_halves(const Size *s) {
  const size_t count = (size_t)s->streams * (size_t)s->k;
  uint16_t *out = malloc(count * 2);
  for (size_t i = 0; i < count; i++) {
    out[i] = half_bits(x_value((int)(i / (size_t)s->k), (int)(i % (size_t)s->k), s->k));
  }
  const cl_mem buffer = buffer_of(out, count * 2);
  free(out);
  return buffer;
}

/// In the order of product_mma.cl.
static cl_mem weights_in_halves(const Size *s) {
  const size_t count = 3 * (size_t)s->units * (size_t)s->k;
  uint16_t *out = malloc(count * 2);
  for (size_t i = 0; i < count; i++) {
    const int word = i / 2 % 4, lane = i / 8 % 32, gate = i / 256 % 3, octet = i / 768 % 8;
    const int stage = (int)(i / 6144) % (s->k / 32), tile = (int)(i / 6144) / (s->k / 32);
    const int unit = tile * 64 + octet * 8 + lane / 4;
    const int k = stage * 32 + word / 2 * 16 + word % 2 * 8 + lane % 4 * 2 + (int)(i % 2);
    out[i] = half_bits(w_value(s, gate, unit, k));
  }
  const cl_mem buffer = buffer_of(out, count * 2);
  free(out);
  return buffer;
}

static double exact(const Size *s, int m, int unit) {
  double sum = 0;
  for (int gate = 0; gate < 3; gate++) {
    for (int k = 0; k < s->k; k++) {
      sum += (double)x_value(m, k, s->k) * w_value(s, gate, unit, k);
    }
  }
  return sum;
}

/// Ends the part when one of some hundred outputs, spread over all tiles, is wrong.
static void check_product(const Size *s, cl_mem y) {
  const size_t count = (size_t)s->streams * (size_t)s->units;
  float *got = malloc(count * 4);
  read_buffer(y, got, count * 4);
  for (int i = 0; i < 400; i++) {
    const int m = (int)(hashed((size_t)i) % (uint32_t)s->streams);
    const int unit = (int)(hashed((size_t)i + 999) % (uint32_t)s->units);
    const double want = exact(s, m, unit);
    const double have = got[(size_t)m * (size_t)s->units + (size_t)unit];
    if (!(fabs(have - want) <= 2e-3)) fail("stream %d, unit %d: %g, not %g", m, unit, have, want);
  }
  free(got);
}

static void report_rate(const char *name, const Size *s, double seconds, double tera) {
  const double flops = 2.0 * 3 * s->streams * s->units * s->k;
  report(flops / seconds * 1e-12, "TFLOP/s", DERIVED(tera), "%s, %d streams, %d units, K = %d",
         name, s->streams, s->units, s->k);
  const bool full = s->streams == 4096 && s->units == 1024 && s->k == 2048;
  report(seconds * 1e6, "us", full ? DERIVED(flops / tera * 1e-6) : OPEN,
         "%s, one launch, %d streams", name, s->streams);
}

static void by_matrix(void) {
  if (!device.ptx) return report_absent("T128", "no inline PTX, so no mma.sync on %s", device.name);
  const Size s = {4096, 1024, 2048};
  const cl_mem x = rows_in_halves(&s), w = weights_in_halves(&s);
  const cl_mem y = make_buffer((size_t)s.streams * (size_t)s.units * 4);
  static const int stages[] = {2, 4, 6};
  for (int i = 0; i < COUNT(stages); i++) {
    char name[60];
    snprintf(name, sizeof name, "T128, %d stages, fp16", stages[i]);
    const cl_program program =
        try_program("product_mma.cl", "-DUNITS=%d -DK=%d -DSTAGES=%d", s.units, s.k, stages[i]);
    if (!program) {
      report_absent(name, "does not build: %.300s", build_log);
      continue;
    }
    const cl_kernel kernel = kernel_in(program, "product");
    SET(kernel, 0, x);
    SET(kernel, 1, w);
    SET(kernel, 2, y);
    const size_t groups = (size_t)(s.streams / 128 * (s.units / 64));
    double seconds;
    const cl_int status = try_run(kernel, groups, 512, &seconds);
    if (status != CL_SUCCESS) return report_absent(name, "%s", opencl_status(status));
    check_product(&s, y);
    report_rate(name, &s, least_of(20, kernel, groups, 512), 350);
  }
}

static void by_fma(void) {
  const Size s = device.cpu ? (Size){128, 64, 64} : (Size){4096, 1024, 2048};
  const size_t xs = (size_t)s.streams * (size_t)s.k, ws = 3 * (size_t)s.units * (size_t)s.k;
  const cl_mem x = buffer_of_floats(xs, rows_in_floats, &s);
  const cl_mem w = buffer_of_floats(ws, weights_in_floats, &s);
  const cl_mem y = make_buffer((size_t)s.streams * (size_t)s.units * 4);
  const cl_kernel kernel =
      make_kernel("product_fma.cl", "product", "-DUNITS=%d -DK=%d", s.units, s.k);
  SET(kernel, 0, x);
  SET(kernel, 1, w);
  SET(kernel, 2, y);
  const size_t groups = (size_t)(s.streams / 64 * (s.units / 32));
  run(kernel, groups, 256);
  check_product(&s, y);
  report_rate("F64, fp32", &s, least_of(10, kernel, groups, 256), 40);
}

void products(int part) {
  open_device();
  if (part == 0) return by_matrix();
  by_fma();
}
