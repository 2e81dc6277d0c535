#include "generated.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BANDS = 33, CHANNELS = 16, ROOM = 1 << 18 };

typedef struct {
  char *text;
  size_t used;
} Text;

static void add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(Text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  t->used += (size_t)vsnprintf(t->text + t->used, ROOM - t->used, format, arguments);
  va_end(arguments);
}

/// 16 channels from 16, for each of 33 bands. Values lie as [channel][band].
static void pointwise(Text *t, int from, int to, int w) {
  add(t, "  for (int i = LID; i < %d; i += LSZ) {\n"
         "    const int channel = i / %d, band = i %% %d;\n"
         "    float sum = w[%d + channel];\n"
         "#pragma unroll\n"
         "    for (int k = 0; k < %d; k++) {\n"
         "      sum = fma(w[%d + k * %d + channel], arena[%d + k * %d + band], sum);\n    }\n"
         "    arena[%d + i] = sum;\n  }\n",
      CHANNELS * BANDS, BANDS, BANDS, w, CHANNELS, w + CHANNELS, CHANNELS, from, BANDS, to);
}

/// Three taps over bands, each channel by itself.
static void depthwise(Text *t, int from, int to, int w) {
  add(t, "  for (int i = LID; i < %d; i += LSZ) {\n"
         "    const int channel = i / %d, band = i %% %d;\n"
         "    float sum = w[%d + channel];\n",
      CHANNELS * BANDS, BANDS, BANDS, w);
  for (int tap = -1; tap <= 1; tap++) {
    add(t, "    if (band + %d >= 0 && band + %d < %d) {\n"
           "      sum = fma(w[%d + channel], arena[%d + i + %d], sum);\n    }\n",
        tap, tap, BANDS, w + CHANNELS * (tap + 2), from, tap);
  }
  add(t, "    arena[%d + i] = sum >= 0 ? sum : 0.25f * sum;\n  }\n", to);
}

/// Mean 0 and variance 1 of all values: 16 partial sums in lanes, then one after another.
static void normalisation(Text *t, int from, int to, int w) {
  const int count = CHANNELS * BANDS, sums = GENERATED_ARENA - 32;
  add(t, "  for (int lane = LID; lane < 16; lane += LSZ) {\n"
         "    float sum = 0, square = 0;\n"
         "    for (int i = lane; i < %d; i += 16) {\n"
         "      sum += arena[%d + i];\n"
         "      square = fma(arena[%d + i], arena[%d + i], square);\n    }\n"
         "    arena[%d + lane] = sum;\n    arena[%d + lane] = square;\n  }\n  BARRIER\n",
      count, from, from, from, sums, sums + 16);
  add(t, "  {\n    float sum = 0, square = 0;\n"
         "    for (int i = 0; i < 16; i++) {\n"
         "      sum += arena[%d + i];\n      square += arena[%d + i];\n    }\n"
         "    const float mean = sum / %d, scale = rsqrt(square / %d - mean * mean + 1e-5f);\n"
         "    for (int i = LID; i < %d; i += LSZ) {\n"
         "      arena[%d + i] =\n"
         "          fma((arena[%d + i] - mean) * scale, w[%d + i / %d], w[%d + i / %d]);\n"
         "    }\n  }\n",
      sums, sums + 16, count, count, count, to, from, w, BANDS, w + CHANNELS, BANDS);
}

/// A gated recurrence over the bands, 16 chains of one unit: state in a register, no exchange.
static void recurrence(Text *t, int from, int to, int w) {
  add(t, "  for (int chain = LID; chain < %d; chain += LSZ) {\n"
         "    float h = 0;\n"
         "    for (int band = 0; band < %d; band++) {\n"
         "      const float x = arena[%d + chain * %d + band];\n",
      CHANNELS, BANDS, from, BANDS);
  add(t, "      const float r = 1 / (1 + exp(-fma(w[%d + chain], h, x)));\n"
         "      const float z = 1 / (1 + exp(-fma(w[%d + chain], h, x)));\n"
         "      const float n = 1 - 2 / (1 + exp(2 * fma(r, w[%d + chain] * h, x)));\n"
         "      h = fma(z, h - n, n);\n"
         "      arena[%d + chain * %d + band] = h;\n    }\n  }\n",
      w, w + CHANNELS, w + 2 * CHANNELS, to, BANDS);
}

/// x · σ(w y) / (1 + |x|), with y the value of x one channel on.
static void gate(Text *t, int from, int to, int w) {
  add(t, "  for (int i = LID; i < %d; i += LSZ) {\n"
         "    const float x = arena[%d + i], y = arena[%d + (i + %d) %% %d];\n"
         "    arena[%d + i] = x / (1 + exp(-w[%d + i / %d] * y)) / (1 + fabs(x));\n  }\n",
      CHANNELS * BANDS, from, from, BANDS, CHANNELS * BANDS, to, w, BANDS);
}

static void phase(Text *t, int index) {
  static void (*const kinds[])(Text *, int, int, int) = {
      pointwise, depthwise, normalisation, pointwise, recurrence, normalisation, gate};
  const int slot = CHANNELS * BANDS, from = index % 8 * slot, to = (index + 1) % 8 * slot;
  const int w = index * 101 % (GENERATED_WEIGHTS - 400);
  add(t, "  // phase %d\n", index);
  kinds[index % 7](t, from, to, w);
  add(t, "  BARRIER\n");
}

char *generated_source(int phases, int kernels, int items, long number) {
  Text t = {malloc(ROOM), 0};
  add(&t, "#pragma OPENCL FP_CONTRACT OFF\n"
          "#define LSZ %d\n#define LID %s\n#define BARRIER %s\n",
      items, items == 1 ? "0" : "(int)get_local_id(0)",
      items == 1 ? "" : "barrier(CLK_LOCAL_MEM_FENCE);");
  for (int k = 0; k < kernels; k++) {
    add(&t, "__kernel __attribute__((reqd_work_group_size(LSZ, 1, 1)))\n"
            "void part%d(__global const float *w, __global float *scratch) {\n"
            "  __local float arena[%d];\n"
            "  for (int i = LID; i < %d; i += LSZ) arena[i] = scratch[i];\n"
            "  if (scratch[0] == %ld.0f) return;\n  BARRIER\n",
        k, GENERATED_ARENA, GENERATED_ARENA, number % 1000000 + 1000);
    for (int p = phases * k / kernels; p < phases * (k + 1) / kernels; p++) {
      phase(&t, p);
    }
    add(&t, "  for (int i = LID; i < %d; i += LSZ) scratch[i] = arena[i];\n}\n", GENERATED_ARENA);
  }
  return t.text;
}
