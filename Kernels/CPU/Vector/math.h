// Elementary functions of vectors. NaN gives NaN; ±inf give the limits.
//
// Polynomials are minimax fits of our own (Remez exchange in 40 digits; Scripts/fit-approximations
// prints them); ln 2 is split in two as Cody and Waite do (Software Manual for the Elementary
// Functions, 1980), so that x − n ln 2 loses nothing, with FMA or without.
//
// Bounds on every variant, checked at every 61st of all floats (Tests/Kernels/math_test.c 61):
//
//     exp       relative 1e-7; subnormal results within 1.5e-45
//     expm1     relative 1.5e-7; subnormal results within 1.5e-45
//     log       relative 1e-7
//     softplus  relative 2e-7; subnormal results within 1.5e-45
//     sigmoid   absolute 1e-7; 0 from −89 down
//     tanh      absolute 1.5e-7, relative 2e-7
//     erf       absolute 1e-7, relative 1.5e-7
#ifndef SLUICE_MATH_H
#define SLUICE_MATH_H

#include "../simd.h"

/// x = n ln 2 + r with |r| ≤ 0.347; |x| < 10⁶.
V_INLINE vf v_reduce(vf x, vi *n) {
  const vf shift = v_set(0x1.8p23f);
  const vf shifted = v_fma(x, v_set(0x1.715476p0f), shift);
  const vf k = shifted - shift;
  *n = v_bits(shifted) - v_bits(shift);
  return v_fma(k, v_set(2.12194440e-4f), v_fma(k, v_set(-0.693359375f), x));
}

/// e^r − 1 for |r| ≤ 0.347: r + r² P(r).
V_INLINE vf v_expm1_near_0(vf r) {
  vf p = v_set(0x1.6bea98p-10f);
  p = v_fma(p, r, v_set(0x1.1227f4p-7f));
  p = v_fma(p, r, v_set(0x1.555676p-5f));
  p = v_fma(p, r, v_set(0x1.5554b0p-3f));
  p = v_fma(p, r, v_set(0x1.fffffep-2f));
  return v_fma(p, r * r, r);
}

/// 2^n for −127 < n ≤ 128 (inf at 128).
V_INLINE vf v_power_of_2(vi n) { return v_from_bits((n + 127) << 23); }

V_INLINE vf v_exp(vf x) {
  vi n;
  const vf r = v_reduce(v_max(v_set(-105), v_min(v_set(90), x)), &n);
  const vi half = n >> 1;
  return (1.0f + v_expm1_near_0(r)) * v_power_of_2(half) * v_power_of_2(n - half);
}

/// e^x for x in −87 … 89; held to the nearer end outside. inf at 89.
V_INLINE vf v_exp_normal(vf x) {
  vi n;
  const vf r = v_reduce(v_max(v_set(-87), v_min(v_set(89), x)), &n);
  return (1.0f + v_expm1_near_0(r)) * v_power_of_2(n);
}

/// 2^n (q + 1) − 1 with q = e^r − 1; half of everything until the end, for n = 128.
V_INLINE vf v_expm1(vf x) {
  vi n;
  const vf r = v_reduce(v_max(v_set(-18), v_min(v_set(90), x)), &n);
  const vf half = v_power_of_2(n - 1);
  return 2.0f * v_fma(half, v_expm1_near_0(r), half - 0.5f);
}

V_INLINE vf v_sigmoid(vf x) { return 1.0f / (1.0f + v_exp_normal(-x)); }

/// (e^2x − 1) / (e^2x + 1), exactly ±1 from |x| = 10 on.
V_INLINE vf v_tanh(vf x) {
  vi n;
  const vf r = v_reduce(2.0f * v_max(v_set(-10), v_min(v_set(10), x)), &n);
  const vf power = v_power_of_2(n);
  const vf above = v_fma(power, v_expm1_near_0(r), power - 1.0f);
  return above / (above + 2.0f);
}

/// x = 2^e m with m in √½ … √2, f = m − 1: e ln 2 + f − f²/2 + f³ P(f).
V_INLINE vf v_log(vf x) {
  const vi tiny = x < 0x1p-126f;
  const vi bits = v_bits(v_select(tiny, x * 0x1p23f, x));
  const vi e = (bits - 0x3f3504f3) >> 23;
  const vf f = v_from_bits(bits - (e << 23)) - 1.0f;
  const vf k = __builtin_convertvector(e, vf) - v_select(tiny, v_set(23), v_zero());
  vf p = v_set(0x1.1b5730p-4f);
  p = v_fma(p, f, v_set(-0x1.e2f362p-4f));
  p = v_fma(p, f, v_set(0x1.e64bd6p-4f));
  p = v_fma(p, f, v_set(-0x1.fb4118p-4f));
  p = v_fma(p, f, v_set(0x1.2332fep-3f));
  p = v_fma(p, f, v_set(-0x1.5562f6p-3f));
  p = v_fma(p, f, v_set(0x1.99a542p-3f));
  p = v_fma(p, f, v_set(-0x1.ffffeep-3f));
  p = v_fma(p, f, v_set(0x1.555546p-2f));
  const vf square = f * f;
  vf y = v_fma(k, v_set(-2.12194440e-4f), p * f * square);
  y = v_fma(k, v_set(0.693359375f), f + v_fma(square, v_set(-0.5f), y));
  y = v_select(x == 0.0f, v_set(-INFINITY), y);
  y = v_select(x < 0.0f, v_set(NAN), y);
  return v_select(x < INFINITY, y, x + x);
}

/// log(1 + e) for e ≥ 0: the logarithm of the rounded sum, corrected by what rounding lost.
V_INLINE vf v_log1p(vf e) {
  const vf sum = 1.0f + e;
  return v_log(sum) + (e - (sum - 1.0f)) / sum;
}

/// log(1 + e^x) = max(x, 0) + log1p(e^−|x|)
V_INLINE vf v_softplus(vf x) { return v_max(v_zero(), x) + v_log1p(v_exp(-v_abs(x))); }

/// |x| < 0.92: x + x P(x²); else ±(1 − e^Q(|x|)), Q fitted to log erfc; ±1 from 4 on.
V_INLINE vf v_erf(vf x) {
  const vf t = x * x;
  vf p = v_set(-0x1.3b419ep-11f);
  p = v_fma(p, t, v_set(0x1.478b70p-8f));
  p = v_fma(p, t, v_set(-0x1.b69a52p-6f));
  p = v_fma(p, t, v_set(0x1.ce1b92p-4f));
  p = v_fma(p, t, v_set(-0x1.8126eep-2f));
  p = v_fma(p, t, v_set(0x1.06eba6p-3f));
  const vf a = v_min(v_set(4), v_abs(x));
  vf q = v_set(0x1.98d49ep-13f);
  q = v_fma(q, a, v_set(-0x1.8da176p-9f));
  q = v_fma(q, a, v_set(0x1.6b8e80p-6f));
  q = v_fma(q, a, v_set(-0x1.a96538p-4f));
  q = v_fma(q, a, v_set(-0x1.4647b6p-1f));
  q = v_fma(q, a, v_set(-0x1.20ac30p+0f));
  q = v_fma(q, a, v_set(-0x1.b22708p-13f));
  const vf far = v_copysign(1.0f - v_exp_normal(q), x);
  return v_select(v_abs(x) < 0.92f, v_fma(p, x, x), v_select(x == x, far, x));
}

#endif
