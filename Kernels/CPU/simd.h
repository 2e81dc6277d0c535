// Vectors of SLUICE_WIDTH floats, for the kernel bodies in Vector/. Included by the variant files only,
// once each, inside their target attribute. Everything is static: a vector never passes between
// functions that are compiled for different instruction sets.
//
// The same source gives the same bits with AVX2, AVX-512 and NEON: every operation here is IEEE's,
// and v_fma is one rounding there. Without FMA (baseline x86-64) v_fma rounds the product, then the sum.
#ifndef SLUICE_SIMD_H
#define SLUICE_SIMD_H

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernel.h"
#include "sluice_dispatch.h"

typedef float vf __attribute__((ext_vector_type(SLUICE_WIDTH)));
typedef int32_t vi __attribute__((ext_vector_type(SLUICE_WIDTH)));
typedef vf vf_unaligned __attribute__((aligned(4)));

#define V_INLINE static inline __attribute__((always_inline, unused))

#if SLUICE_WIDTH > 4 || defined(__aarch64__)
#define V_FUSED 1
#else
#define V_FUSED 0
#endif

V_INLINE vf v_set(float x) { return (vf)x; }
V_INLINE vf v_zero(void) { return (vf)0.0f; }
V_INLINE vf v_load(const float *p) { return *(const vf_unaligned *)p; }
V_INLINE void v_store(float *p, vf v) { *(vf_unaligned *)p = v; }

/// The first n ≤ SLUICE_WIDTH floats at p, 0 behind them; no other byte is touched.
V_INLINE vf v_load_part(const float *p, int64_t n);
V_INLINE void v_store_part(float *p, vf v, int64_t n);

#if SLUICE_WIDTH == 16
V_INLINE __mmask16 v_mask(int64_t n) { return (__mmask16)((1u << n) - 1); }
V_INLINE vf v_load_part(const float *p, int64_t n) {
  return (vf)_mm512_maskz_loadu_ps(v_mask(n), p);
}
V_INLINE void v_store_part(float *p, vf v, int64_t n) {
  _mm512_mask_storeu_ps(p, v_mask(n), (__m512)v);
}
#elif SLUICE_WIDTH == 8
V_INLINE __m256i v_mask(int64_t n) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (__m256i)(lane < (vi)(int32_t)n);
}
V_INLINE vf v_load_part(const float *p, int64_t n) { return (vf)_mm256_maskload_ps(p, v_mask(n)); }
V_INLINE void v_store_part(float *p, vf v, int64_t n) {
  _mm256_maskstore_ps(p, v_mask(n), (__m256)v);
}
#else
V_INLINE vf v_load_part(const float *p, int64_t n) {
  vf v = 0.0f;
  if (n > 0) v.x = p[0];
  if (n > 1) v.y = p[1];
  if (n > 2) v.z = p[2];
  if (n > 3) v.w = p[3];
  return v;
}
V_INLINE void v_store_part(float *p, vf v, int64_t n) {
  if (n > 0) p[0] = v.x;
  if (n > 1) p[1] = v.y;
  if (n > 2) p[2] = v.z;
  if (n > 3) p[3] = v.w;
}
#endif

/// a · b + c
V_INLINE vf v_fma(vf a, vf b, vf c) {
#if V_FUSED
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// The scalar of the same variant: what one lane of v_fma gives.
V_INLINE float s_fma(float a, float b, float c) {
#if V_FUSED
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// Where the mask's lane is −1 (a comparison's true), a, else b.
V_INLINE vf v_select(vi mask, vf a, vf b) { return mask ? a : b; }

/// b where either is NaN: v_min(limit, x) and v_max(limit, x) let a NaN in x through.
V_INLINE vf v_min(vf a, vf b) { return v_select(a < b, a, b); }
V_INLINE vf v_max(vf a, vf b) { return v_select(a > b, a, b); }

V_INLINE vf v_from_bits(vi x) { return (vf)x; }
V_INLINE vi v_bits(vf x) { return (vi)x; }
V_INLINE vf v_abs(vf x) { return v_from_bits(v_bits(x) & (vi)INT32_MAX); }
V_INLINE vf v_copysign(vf magnitude, vf sign) {
  return v_from_bits((v_bits(magnitude) & (vi)INT32_MAX) | (v_bits(sign) & (vi)INT32_MIN));
}
V_INLINE vf v_sqrt(vf x) { return __builtin_elementwise_sqrt(x); }

/// To the nearest integer, ties to even.
V_INLINE vf v_round(vf x) {
#if V_FUSED
  return __builtin_elementwise_roundeven(x);
#else
  const vf shift = v_copysign(v_set(0x1p23f), x);
  const vf rounded = v_copysign((x + shift) - shift, x);
  return v_select(v_abs(x) < 0x1p23f, rounded, x);
#endif
}

V_INLINE vf v_floor(vf x) {
  const vf rounded = v_round(x);
  return v_copysign(v_select(rounded > x, rounded - 1.0f, rounded), x);
}

V_INLINE vf v_ceil(vf x) {
  const vf rounded = v_round(x);
  return v_copysign(v_select(rounded < x, rounded + 1.0f, rounded), x);
}

#endif
