// What the tests of vector kernels share: seeded numbers, guarded arrays, the variants that run here.
//
// An array ends where a page ends that nothing may touch, so that a byte read or written behind it ends
// the test. (Bytes before it are seen by AddressSanitizer only.)
#ifndef SLUICE_KERNEL_TEST_H
#define SLUICE_KERNEL_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/// Live arrays, so that `test_free` knows their pages.
static struct {
  void *array;
  char *pages;
  size_t bytes;
} test_arrays[256];

/// `bytes` bytes that end at a guarded page; at a multiple of 64 if `bytes` is one.
static inline void *test_memory(int64_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = bytes > 0 ? (size_t)bytes : 1;
  const size_t used = (size + page - 1) / page * page;
  char *pages = mmap(NULL, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int slot = 0;
  while (slot < 256 && test_arrays[slot].array) slot++;
  if (pages == MAP_FAILED || slot == 256 || mprotect(pages + used, page, PROT_NONE) != 0) {
    printf("FAIL no memory for a test\n");
    exit(2);
  }
  test_arrays[slot].array = pages + used - size;
  test_arrays[slot].pages = pages;
  test_arrays[slot].bytes = used + page;
  return test_arrays[slot].array;
}

static inline void test_free(void *array) {
  for (int slot = 0; array && slot < 256; slot++) {
    if (test_arrays[slot].array != array) continue;
    munmap(test_arrays[slot].pages, test_arrays[slot].bytes);
    test_arrays[slot].array = NULL;
    return;
  }
}

/// `count` seeded floats.
static inline float *test_floats(int64_t count) {
  float *x = test_memory(count * (int64_t)sizeof(float));
  for (int64_t i = 0; i < count; i++) x[i] = test_float();
  return x;
}

static inline float *test_copy(const float *x, int64_t count) {
  float *y = test_memory(count * (int64_t)sizeof(float));
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
