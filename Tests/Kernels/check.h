// What the kernel tests share: seeded random numbers, comparisons that count failures, variants.
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "sluice_packed.h"

static int failures;
static uint64_t random_state = 1;

/// FNV-1a over the bits of what the variants with FMA gave: the same on every processor.
static uint64_t fused_bits = 0xcbf29ce484222325u;

static inline void take_bits(const float *values, int64_t count) {
  const unsigned char *bytes = (const unsigned char *)values;
  for (int64_t i = 0; i < count * 4; i++) fused_bits = (fused_bits ^ bytes[i]) * 0x100000001b3u;
}

/// splitmix64 (Steele, Lea, Flood 2014).
static inline uint64_t random_bits(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline int64_t random_below(int64_t n) { return (int64_t)(random_bits() % (uint64_t)n); }

/// Uniform in −scale … scale.
static inline float random_float(double scale) {
  return (float)(((double)(random_bits() >> 40) / (1 << 23) - 1) * scale);
}

/// `count` random floats, exactly that long, so that a sanitizer sees every access beyond.
static inline float *random_floats(int64_t count, double scale) {
  float *values = malloc((size_t)(count > 0 ? count : 1) * sizeof(float));
  for (int64_t i = 0; i < count; i++) values[i] = random_float(scale);
  return values;
}

static inline float *copied(const float *values, int64_t count) {
  float *copy = malloc((size_t)(count > 0 ? count : 1) * sizeof(float));
  return memcpy(copy, values, (size_t)count * sizeof(float));
}

static inline void *workspace_of(int64_t bytes) {
  return aligned_alloc(64, (size_t)((bytes + 127) / 64 * 64));
}

static inline void fail(const char *what, const char *where, double found, double expected) {
  if (failures++ < 20) {
    printf("FAIL %s %s, %s: %.9g, expected %.9g\n", sluice_variant_name(), what, where, found,
           expected);
  }
}

static inline void check_near(
    const char *what, const char *where, const float *found, const double *expected,
    int64_t count, double tolerance) {
  for (int64_t i = 0; i < count; i++) {
    if (!(fabs(found[i] - expected[i]) <= tolerance * (1 + fabs(expected[i])))) {
      fail(what, where, found[i], expected[i]);
      return;
    }
  }
}

static inline void check_same(
    const char *what, const char *where, const float *found, const float *expected, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (memcmp(&found[i], &expected[i], sizeof(float)) != 0) {
      fail(what, where, found[i], expected[i]);
      return;
    }
  }
}

/// The variants that run here; those with FMA agree in every bit.
static const char *const variant_names[] = {"baseline", "avx2", "avx512"};
enum { VARIANTS = 3 };

static inline int variant_is_fused(void) { return strcmp(sluice_variant_name(), "baseline") != 0; }

static const int64_t odd_sizes[] = {1, 3, 4, 7, 8, 16, 17, 24, 33, 64, 65, 400};
enum { ODD_SIZES = 12 };

static inline int report(void) {
  printf("%s: %d failures, bits with FMA %016llx\n", failures ? "FAILED" : "passed", failures,
         (unsigned long long)fused_bits);
  return failures != 0;
}

#endif
