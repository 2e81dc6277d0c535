#include "library.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>

// The values and signatures of CBLAS (Netlib, "CBLAS", 1998) with 32-bit sizes.
enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };
typedef void (*sgemm_function)(
    int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
    int lda, const float *b, int ldb, float beta, float *c, int ldc);

typedef struct library {
  sgemm_function sgemm;
  void (*set_threads)(int);
  char *(*configuration)(void);
  char *(*core)(void);
} library;

/// Written once before `opened`; two threads that open it write the same.
static library functions;
static atomic_int opened;

/// A function pointer out of `dlsym`'s object pointer, which POSIX says is sound.
static int find(void *handle, const char *name, void *target) {
  void *symbol = dlsym(handle, name);
  memcpy(target, &symbol, sizeof symbol);
  return symbol != NULL;
}

int32_t sluice_library_open(void) {
  if (atomic_load_explicit(&opened, memory_order_acquire)) return 0;
  void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return 1;
  library found;
  if (!find(handle, "cblas_sgemm", &found.sgemm)
      || !find(handle, "openblas_set_num_threads", &found.set_threads)
      || !find(handle, "openblas_get_config", &found.configuration)
      || !find(handle, "openblas_get_corename", &found.core)) {
    return 1;
  }
  functions = found;
  atomic_store_explicit(&opened, 1, memory_order_release);
  return 0;
}

void sluice_library_set_threads(int32_t threads) { functions.set_threads(threads); }

const char *sluice_library_configuration(void) { return functions.configuration(); }

const char *sluice_library_core(void) { return functions.core(); }

void sluice_library_multiply(const sluice_sgemm *p, const float *a, const float *b, float *y) {
  functions.sgemm(
      ROW_MAJOR, p->transpose_a ? TRANSPOSED : AS_IT_IS, p->transpose_b ? TRANSPOSED : AS_IT_IS,
      (int)p->rows, (int)p->columns, (int)p->depth, 1, a, (int)p->a_row, b, (int)p->b_row, p->beta,
      y, (int)p->y_row);
}

// Y [rows, columns] = A' [rows, depth] · B' [depth, columns]; A, B -> Y.
int32_t sluice_library_product(const void *parameters, void *const *operands) {
  const sluice_library_product_parameters *p = parameters;
  const sluice_sgemm call = {
      .rows = p->rows,
      .columns = p->columns,
      .depth = p->depth,
      .transpose_a = p->transpose_a,
      .transpose_b = p->transpose_b,
      .a_row = p->transpose_a ? p->rows : p->depth,
      .b_row = p->transpose_b ? p->depth : p->columns,
      .y_row = p->columns,
  };
  sluice_library_multiply(&call, operands[0], operands[1], operands[2]);
  return SLUICE_OK;
}
