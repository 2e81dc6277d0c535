// Element types into each other, with the rules of Swift's `Tensor.converted(to:)`: a float is cut
// toward zero and held to the target's range, NaN becomes 0; integers wrap around; any number but 0
// is true. Blocks go through the widest type of the source's family, which holds it exactly.
#include "kernel.h"

enum { BLOCK = 256 };

static void load_floats(const void *source, sluice_type type, int64_t n, double *wide) {
  if (type == SLUICE_F32) {
    for (int64_t i = 0; i < n; i++) wide[i] = ((const float *)source)[i];
  } else {
    memcpy(wide, source, (size_t)n * sizeof(double));
  }
}

static void load_integers(const void *source, sluice_type type, int64_t n, int64_t *wide) {
  switch (type) {
#define LOAD(tag, suffix, T) \
  case SLUICE_##tag: \
    for (int64_t i = 0; i < n; i++) wide[i] = (int64_t)((const T *)source)[i]; \
    break;
    SLUICE_INTEGERS(LOAD)
    case SLUICE_BOOL:
      for (int64_t i = 0; i < n; i++) wide[i] = ((const uint8_t *)source)[i] != 0;
      break;
    default: break;
  }
}

// `low` and `high` are exact: the least value and one more than the greatest.
#define CUT(x, T, low, high, greatest) \
  ((x) != (x) ? (T)0 : (x) <= (low) ? (T)(low) : (x) >= (high) ? (greatest) : (T)(x))

static void store_floats(const double *wide, int64_t n, void *target, sluice_type type) {
  switch (type) {
#define STORE(tag, T, low, high, greatest) \
  case SLUICE_##tag: \
    for (int64_t i = 0; i < n; i++) ((T *)target)[i] = CUT(wide[i], T, low, high, greatest); \
    break;
    STORE(I8, int8_t, -0x1p7, 0x1p7, INT8_MAX)
    STORE(U8, uint8_t, 0.0, 0x1p8, UINT8_MAX)
    STORE(I16, int16_t, -0x1p15, 0x1p15, INT16_MAX)
    STORE(U16, uint16_t, 0.0, 0x1p16, UINT16_MAX)
    STORE(I32, int32_t, -0x1p31, 0x1p31, INT32_MAX)
    STORE(U32, uint32_t, 0.0, 0x1p32, UINT32_MAX)
    STORE(I64, int64_t, -0x1p63, 0x1p63, INT64_MAX)
    STORE(U64, uint64_t, 0.0, 0x1p64, UINT64_MAX)
    case SLUICE_F32:
      for (int64_t i = 0; i < n; i++) ((float *)target)[i] = (float)wide[i];
      break;
    case SLUICE_F64: memcpy(target, wide, (size_t)n * sizeof(double)); break;
    case SLUICE_BOOL:
      for (int64_t i = 0; i < n; i++) ((uint8_t *)target)[i] = wide[i] != 0;
      break;
    default: break;
  }
}

static void store_integers(
    const int64_t *wide, int64_t n, void *target, sluice_type type, int is_unsigned) {
  switch (type) {
#define STORE_INTEGER(tag, suffix, T) \
  case SLUICE_##tag: \
    for (int64_t i = 0; i < n; i++) ((T *)target)[i] = (T)wide[i]; \
    break;
    SLUICE_INTEGERS(STORE_INTEGER)
#define STORE_FLOAT(tag, suffix, T) \
  case SLUICE_##tag: \
    for (int64_t i = 0; i < n; i++) { \
      ((T *)target)[i] = is_unsigned ? (T)(uint64_t)wide[i] : (T)wide[i]; \
    } \
    break;
    SLUICE_FLOATS(STORE_FLOAT)
    case SLUICE_BOOL:
      for (int64_t i = 0; i < n; i++) ((uint8_t *)target)[i] = wide[i] != 0;
      break;
    default: break;
  }
}

static int64_t element_bytes(sluice_type type) {
  static const int64_t bytes[SLUICE_TYPE_COUNT] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1};
  return bytes[type];
}

int32_t sluice_cast(const void *parameters, void *const *operands) {
  const sluice_cast_parameters *p = parameters;
  const char *source = operands[0];
  char *target = operands[1];
  const int is_float = p->from == SLUICE_F32 || p->from == SLUICE_F64;
  for (int64_t begin = 0; begin < p->count; begin += BLOCK) {
    const int64_t n = p->count - begin < BLOCK ? p->count - begin : BLOCK;
    const void *from = source + begin * element_bytes(p->from);
    void *to = target + begin * element_bytes(p->to);
    if (is_float) {
      double wide[BLOCK];
      load_floats(from, p->from, n, wide);
      store_floats(wide, n, to, p->to);
    } else {
      int64_t wide[BLOCK];
      load_integers(from, p->from, n, wide);
      store_integers(wide, n, to, p->to, p->from == SLUICE_U64);
    }
  }
  return SLUICE_OK;
}
