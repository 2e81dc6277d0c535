// Linear quantisation (ONNX QuantizeLinear-25, DequantizeLinear-25):
//
//     quantize     q = saturate(round(x / scale) + zero), halves to even
//     dequantize   x = (q − zero) · scale
//
// with one scale for all, one per index of an axis, or one per block along it.
#include "kernel.h"

static inline int64_t scale_index(
    const sluice_quantize_parameters *p, int64_t o, int64_t a, int64_t i) {
  return o * p->outer_stride + a / p->block * p->axis_stride + i * p->inner_stride;
}

static inline int64_t load(const void *values, sluice_type type, int64_t at) {
  switch (type) {
    case SLUICE_I8: return ((const int8_t *)values)[at];
    case SLUICE_U8: return ((const uint8_t *)values)[at];
    case SLUICE_I16: return ((const int16_t *)values)[at];
    case SLUICE_U16: return ((const uint16_t *)values)[at];
    default: return ((const int32_t *)values)[at];
  }
}

static inline void store(void *values, sluice_type type, int64_t at, double value) {
#define SATURATE(T, low, high) \
  ((T *)values)[at] = (T)(value != value ? 0 : value < (low) ? (low) : value > (high) ? (high) : value)
  switch (type) {
    case SLUICE_I8: SATURATE(int8_t, -128, 127); break;
    case SLUICE_U8: SATURATE(uint8_t, 0, 255); break;
    case SLUICE_I16: SATURATE(int16_t, -32768, 32767); break;
    default: SATURATE(uint16_t, 0, 65535); break;
  }
}

int32_t sluice_quantize(const void *parameters, void *const *operands) {
  const sluice_quantize_parameters *p = parameters;
  const float *x = operands[0];
  const float *scales = operands[1];
  const void *zeros = operands[2];
  for (int64_t o = 0, at = 0; o < p->outer; o++) {
    for (int64_t a = 0; a < p->axis; a++) {
      for (int64_t i = 0; i < p->inner; i++, at++) {
        const int64_t s = scale_index(p, o, a, i);
        const double zero = zeros ? (double)load(zeros, p->type, s) : 0;
        store(operands[3], p->type, at, (double)rintf(x[at] / scales[s]) + zero);
      }
    }
  }
  return SLUICE_OK;
}

int32_t sluice_dequantize(const void *parameters, void *const *operands) {
  const sluice_quantize_parameters *p = parameters;
  const float *scales = operands[1];
  const void *zeros = operands[2];
  float *y = operands[3];
  for (int64_t o = 0, at = 0; o < p->outer; o++) {
    for (int64_t a = 0; a < p->axis; a++) {
      for (int64_t i = 0; i < p->inner; i++, at++) {
        const int64_t s = scale_index(p, o, a, i);
        const int64_t zero = zeros ? load(zeros, p->type, s) : 0;
        y[at] = (float)((double)(load(operands[0], p->type, at) - zero) * (double)scales[s]);
      }
    }
  }
  return SLUICE_OK;
}
