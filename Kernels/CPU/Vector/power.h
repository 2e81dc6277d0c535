// a^b of float vectors through double: |a| = 2^e m with m in √½ … √2, s = (m − 1) / (m + 1),
//
//     log |a| = e ln 2 + 2 s (1 + s²/3 + s⁴/5 + … + s¹²/13)      relative remainder below 2e-12
//     e^t     = 2^n e^r, r = t − n ln 2, the Taylor sum of e^r up to r⁸/8!       below 3e-10
//
// and the result rounded once: below 0.51 ulp. Where b is 2 it is a · a, which is the same or nearer.
// Signs, zeros, infinities and NaN as C's powf (C11, F.10.4.4).
#ifndef SLUICE_POWER_H
#define SLUICE_POWER_H

#include "double.h"

/// log((1 + f) · 2^k) for 1 + f in √½ … √2.
V_INLINE vd d_log(vd f, vd k) {
  const vd s = f / (f + 2.0), t = s * s;
  vd p = (vd)(2.0 / 13);
  p = d_fma(p, t, (vd)(2.0 / 11));
  p = d_fma(p, t, (vd)(2.0 / 9));
  p = d_fma(p, t, (vd)(2.0 / 7));
  p = d_fma(p, t, (vd)(2.0 / 5));
  p = d_fma(p, t, (vd)(2.0 / 3));
  p = d_fma(p, t, (vd)2.0);
  return d_fma(k, (vd)0x1.62e42fefa39efp-1, p * s);
}

/// e^t for −200 < t < 200.
V_INLINE vd d_exp(vd t) {
  const vd magic = (vd)0x1.8p52;
  const vd shifted = d_fma(t, (vd)0x1.71547652b82fep0, magic);
  const vd r = d_fma(shifted - magic, (vd)-0x1.62e42fefa39efp-1, t);
  const vd r2 = r * r, r4 = r2 * r2;
  const vd p01 = r + 1.0;
  const vd p23 = d_fma(r, (vd)(1.0 / 6), (vd)0.5);
  const vd p45 = d_fma(r, (vd)(1.0 / 120), (vd)(1.0 / 24));
  const vd p67 = d_fma(r, (vd)(1.0 / 5040), (vd)(1.0 / 720));
  const vd low = d_fma(r2, p23, p01), high = d_fma(r2, p67, p45);
  const vd p = d_fma(r4, d_fma(r4, (vd)(1.0 / 40320), high), low);
  const vl n = (vl)shifted - (vl)magic;
  return p * (vd)((n + 1023) << 52);
}

/// e^(b log x) of half a vector, log x = log(1 + f) + k log 2.
V_INLINE vh d_power(vh f, vh k, vh b) {
  vd t = d_log(d_from(f), d_from(k)) * d_from(b);
  t = t > 199.0 ? (vd)199.0 : t;
  t = t < -199.0 ? (vd)-199.0 : t;
  return d_round(d_exp(t));
}

/// e^(b log a) for a > 0, or 0, or inf; NaN where the product is.
V_INLINE vf v_power_of_positive(vf a, vf b) {
  const vf usual = v_select((a > 0.0f) & (a < INFINITY), a, v_set(1));
  const vi tiny = usual < 0x1p-126f;
  const vi bits = v_bits(v_select(tiny, usual * 0x1p23f, usual));
  const vi e = (bits - 0x3f3504f3) >> 23;
  const vf f = v_from_bits(bits - (e << 23)) - 1.0f;
  const vf k = __builtin_convertvector(e - (tiny & 23), vf);
  vf power;
  power.lo = d_power(f.lo, k.lo, b.lo);
  power.hi = d_power(f.hi, k.hi, b.hi);
  const vf edge = b * v_select(a > 0.0f, v_set(INFINITY), v_set(-INFINITY));
  const vf limit = v_select(edge > 0.0f, v_set(INFINITY), v_select(edge < 0.0f, v_zero(), edge));
  return v_select(a == usual, power, limit);
}

V_INLINE vf v_pow(vf a, vf b) {
  const vf magnitude = v_abs(a);
  const vi is_small = v_abs(b) < 0x1p24f, is_whole = ~is_small | (v_floor(b) == b);
  const vi integer = __builtin_convertvector(v_select(is_small, b, v_zero()), vi);
  const vi is_odd = is_small & is_whole & ((integer & 1) != 0);
  vf y = v_power_of_positive(magnitude, b);
  y = v_select((magnitude == 1.0f) & (v_abs(b) == INFINITY), v_set(1), y);
  y = v_from_bits(v_bits(y) ^ (v_bits(a) & is_odd & INT32_MIN));
  y = v_select((a < 0.0f) & (magnitude < INFINITY) & ~is_whole, v_set(NAN), y);
  y = v_select((a != a) | (b != b), a + b, y);
  y = v_select((b == 0.0f) | (a == 1.0f), v_set(1), y);
  return v_select(b == 2.0f, a * a, y);
}

#endif
