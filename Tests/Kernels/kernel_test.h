// What the tests of vector kernels share: seeded numbers, guarded arrays, the variants that run here.
#ifndef SLUICE_KERNEL_TEST_H
#define SLUICE_KERNEL_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice_dispatch.h"
#include "sluice_kernels.h"

static const char *const test_variants[] = {"baseline", "avx2", "avx512"};
enum { TEST_VARIANTS = sizeof test_variants / sizeof test_variants[0] };

static int test_failures;
static uint64_t test_state = 1;

/// A failure is printed; after 20 they are only counted.
#define EXPECT(condition, ...) \
  do { \
    if (!(condition) && test_failures++ < 20) { \
      printf("FAIL %s ", sluice_variant_name()); \
      printf(__VA_ARGS__); \
      printf("\n"); \
    } \
  } while (0)

/// SplitMix64 (Steele, Lea, Flood 2014).
static inline uint64_t test_random(void) {
  uint64_t z = test_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline int64_t test_below(int64_t limit) {
  return (int64_t)(test_random() % (uint64_t)limit);
}

/// Uniform in −1 ..< 1.
static inline float test_float(void) {
  return (float)(int32_t)(test_random() >> 32) * 0x1p-31f;
}

/// An array of exactly `count` floats (AddressSanitizer sees a byte beyond), seeded.
static inline float *test_floats(int64_t count) {
  float *x = malloc((size_t)(count > 0 ? count : 1) * sizeof(float));
  for (int64_t i = 0; i < count; i++) x[i] = test_float();
  return x;
}

static inline float *test_copy(const float *x, int64_t count) {
  float *y = malloc((size_t)(count > 0 ? count : 1) * sizeof(float));
  memcpy(y, x, (size_t)count * sizeof(float));
  return y;
}

/// Equal bits; any NaN equals any other.
static inline int test_same(float a, float b) {
  return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

/// The seed from the command line, else 1; printed.
static inline void test_begin(int argc, char **argv) {
  test_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  printf("seed %llu, variants:", (unsigned long long)test_state);
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v]) == 0) printf(" %s", test_variants[v]);
  }
  printf("\n");
}

static inline int test_end(const char *name, int64_t cases) {
  printf("%s: %lld cases, %d failures\n", name, (long long)cases, test_failures);
  return test_failures > 0;
}

#endif
