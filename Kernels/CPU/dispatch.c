// Which instruction set the vector kernels use: the only place where the processor is asked.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"
#include "sluice_dispatch.h"

extern const sluice_vector_kernels sluice_kernels_baseline;
#if defined(__x86_64__)
extern const sluice_vector_kernels sluice_kernels_avx2, sluice_kernels_avx512;
#endif

/// Best last.
static const sluice_vector_kernels *const variants[] = {
    &sluice_kernels_baseline,
#if defined(__x86_64__)
    &sluice_kernels_avx2,
    &sluice_kernels_avx512,
#endif
};
enum { COUNT = sizeof variants / sizeof variants[0] };

static _Atomic(const sluice_vector_kernels *) chosen;

static int runs_here(int variant) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (variant == 1) return avx2;
  if (variant == 2) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return variant == 0;
}

/// Number of the variant; −1 if there is none of that name. The first is `baseline` everywhere.
static int numbered(const char *name) {
  if (strcmp(name, "baseline") == 0) return 0;
  for (int i = 0; i < COUNT; i++) {
    if (strcmp(name, variants[i]->name) == 0) return i;
  }
  return -1;
}

static int best(void) {
  int variant = COUNT - 1;
  while (variant > 0 && !runs_here(variant)) variant--;
  return variant;
}

const sluice_vector_kernels *sluice_kernels(void) {
  const sluice_vector_kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
  if (table) return table;
  const char *name = getenv("SLUICE_CPU");
  const int forced = name ? numbered(name) : -1;
  // Two threads that meet here choose the same.
  table = variants[forced >= 0 && runs_here(forced) ? forced : best()];
  atomic_store_explicit(&chosen, table, memory_order_release);
  return table;
}

const sluice_vector_kernels *sluice_kernels_named(const char *name) {
  const int variant = numbered(name);
  return variant >= 0 && runs_here(variant) ? variants[variant] : NULL;
}

const char *sluice_variant_name(void) { return sluice_kernels()->name; }

int32_t sluice_set_variant(const char *name) {
  const int variant = numbered(name);
  if (variant < 0 || !runs_here(variant)) return 1;
  atomic_store_explicit(&chosen, variants[variant], memory_order_release);
  return 0;
}

int32_t sluice_variant_problem(char *text, int64_t capacity) {
  const char *name = getenv("SLUICE_CPU");
  if (!name) return 0;
  const int variant = numbered(name);
  if (variant >= 0 && runs_here(variant)) return 0;
  int64_t used = snprintf(text, (size_t)capacity, "SLUICE_CPU: expected one of");
  for (int i = 0; i < COUNT; i++) {
    if (!runs_here(i) || used >= capacity) continue;
    used += snprintf(text + used, (size_t)(capacity - used), " %s", variants[i]->name);
  }
  if (used < capacity) {
    snprintf(
        text + used, (size_t)(capacity - used), ", found %s%s", name,
        variant < 0 ? "" : ", which this processor cannot run");
  }
  return 1;
}
