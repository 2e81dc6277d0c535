// Elementary functions of VW floats, read once per vector width that a source uses: exp_of(x) and so on
// become exp_of_16(x). Polynomials, splits of ln 2 and bounds are those of Kernels/CPU/Vector/math.h:
//
//     exp relative 1e-7, expm1 1.5e-7, log 1e-7, softplus 2e-7; sigmoid absolute 1e-7, tanh and erf 1.5e-7
//
// NaN gives NaN; infinities give the limits. sin, cos and atan are the device's own; pow is the device's
// own in double, rounded once (in float where the device has no double).
//
// VW: floats a vector.
#define FN(name) CAT(CAT(name, _), VW)
#define SET(x) ((VF)(x))
#define SELECT(condition, a, b) ((condition) ? (a) : (b))

/// x = n ln 2 + r with |r| <= 0.347; |x| < 10^6.
static inline VF FN(reduce_of)(VF x, VI *n) {
  const VF shift = SET(0x1.8p23f);
  const VF shifted = fma(x, SET(0x1.715476p0f), shift);
  const VF k = shifted - shift;
  *n = AS_INT(VW)(shifted) - AS_INT(VW)(shift);
  return fma(k, SET(2.12194440e-4f), fma(k, SET(-0.693359375f), x));
}

/// e^r - 1 for |r| <= 0.347: r + r^2 P(r).
static inline VF FN(expm1_near_0)(VF r) {
  VF p = SET(0x1.6bea98p-10f);
  p = fma(p, r, SET(0x1.1227f4p-7f));
  p = fma(p, r, SET(0x1.555676p-5f));
  p = fma(p, r, SET(0x1.5554b0p-3f));
  p = fma(p, r, SET(0x1.fffffep-2f));
  return fma(p, r * r, r);
}

/// x held to low ... high, NaN kept.
static inline VF FN(held)(VF x, float low, float high) {
  const VF above = SELECT(x < SET(low), SET(low), x);
  return SELECT(above > SET(high), SET(high), above);
}

/// 2^n for -127 < n <= 128 (inf at 128).
static inline VF FN(power_of_2)(VI n) { return AS_FLOAT(VW)((n + 127) << 23); }

static inline VF FN(exp_of)(VF x) {
  VI n;
  const VF r = FN(reduce_of)(FN(held)(x, -105.0f, 90.0f), &n);
  const VI half_n = n >> 1;
  return (SET(1.0f) + FN(expm1_near_0)(r)) * FN(power_of_2)(half_n) * FN(power_of_2)(n - half_n);
}

/// e^x for x in -87 ... 89; held to the nearer end outside. inf at 89.
static inline VF FN(exp_normal)(VF x) {
  VI n;
  const VF r = FN(reduce_of)(FN(held)(x, -87.0f, 89.0f), &n);
  return (SET(1.0f) + FN(expm1_near_0)(r)) * FN(power_of_2)(n);
}

/// 2^n (q + 1) - 1 with q = e^r - 1; half of everything until the end, for n = 128.
static inline VF FN(expm1_of)(VF x) {
  VI n;
  const VF r = FN(reduce_of)(FN(held)(x, -18.0f, 90.0f), &n);
  const VF half_power = FN(power_of_2)(n - 1);
  return SET(2.0f) * fma(half_power, FN(expm1_near_0)(r), half_power - SET(0.5f));
}

static inline VF FN(sigmoid_of)(VF x) { return SET(1.0f) / (SET(1.0f) + FN(exp_normal)(-x)); }

/// (e^2x - 1) / (e^2x + 1), exactly +-1 from |x| = 10 on.
static inline VF FN(tanh_of)(VF x) {
  VI n;
  const VF r = FN(reduce_of)(SET(2.0f) * FN(held)(x, -10.0f, 10.0f), &n);
  const VF power = FN(power_of_2)(n);
  const VF above = fma(power, FN(expm1_near_0)(r), power - SET(1.0f));
  return above / (above + SET(2.0f));
}

/// x = 2^e m with m in sqrt(1/2) ... sqrt 2, f = m - 1: e ln 2 + f - f^2/2 + f^3 P(f).
static inline VF FN(log_of)(VF x) {
  const VF small = SELECT(x < SET(0x1p-126f), SET(23.0f), SET(0.0f));
  const VI bits = AS_INT(VW)(SELECT(x < SET(0x1p-126f), x * SET(0x1p23f), x));
  const VI e = (bits - 0x3f3504f3) >> 23;
  const VF f = AS_FLOAT(VW)(bits - (e << 23)) - SET(1.0f);
  const VF k = CONVERT_FLOAT(VW)(e) - small;
  VF p = SET(0x1.1b5730p-4f);
  p = fma(p, f, SET(-0x1.e2f362p-4f));
  p = fma(p, f, SET(0x1.e64bd6p-4f));
  p = fma(p, f, SET(-0x1.fb4118p-4f));
  p = fma(p, f, SET(0x1.2332fep-3f));
  p = fma(p, f, SET(-0x1.5562f6p-3f));
  p = fma(p, f, SET(0x1.99a542p-3f));
  p = fma(p, f, SET(-0x1.ffffeep-3f));
  p = fma(p, f, SET(0x1.555546p-2f));
  const VF square = f * f;
  VF y = fma(k, SET(-2.12194440e-4f), p * f * square);
  y = fma(k, SET(0.693359375f), f + fma(square, SET(-0.5f), y));
  y = SELECT(x == SET(0.0f), SET(-INFINITY), y);
  y = SELECT(x < SET(0.0f), SET(NAN), y);
  return SELECT(x < SET(INFINITY), y, x + x);
}

/// log(1 + e^x) = max(x, 0) + log1p(e^-|x|), the logarithm of the rounded sum corrected by what
/// rounding lost.
static inline VF FN(softplus_of)(VF x) {
  const VF e = FN(exp_of)(-fabs(x));
  const VF sum = SET(1.0f) + e;
  const VF rest = FN(log_of)(sum) + (e - (sum - SET(1.0f))) / sum;
  return SELECT(x < SET(0.0f), SET(0.0f), x) + rest;
}

/// |x| < 0.92: x + x P(x^2); else +-(1 - e^Q(|x|)), Q fitted to log erfc; +-1 from 4 on.
static inline VF FN(erf_of)(VF x) {
  const VF t = x * x;
  VF p = SET(-0x1.3b419ep-11f);
  p = fma(p, t, SET(0x1.478b70p-8f));
  p = fma(p, t, SET(-0x1.b69a52p-6f));
  p = fma(p, t, SET(0x1.ce1b92p-4f));
  p = fma(p, t, SET(-0x1.8126eep-2f));
  p = fma(p, t, SET(0x1.06eba6p-3f));
  const VF a = FN(held)(fabs(x), 0.0f, 4.0f);
  VF q = SET(0x1.98d49ep-13f);
  q = fma(q, a, SET(-0x1.8da176p-9f));
  q = fma(q, a, SET(0x1.6b8e80p-6f));
  q = fma(q, a, SET(-0x1.a96538p-4f));
  q = fma(q, a, SET(-0x1.4647b6p-1f));
  q = fma(q, a, SET(-0x1.20ac30p+0f));
  q = fma(q, a, SET(-0x1.b22708p-13f));
  const VF far = copysign(SET(1.0f) - FN(exp_normal)(q), x);
  return SELECT(fabs(x) < SET(0.92f), fma(p, x, x), SELECT(x == x, far, x));
}

#ifdef HAS_DOUBLE
static inline VF FN(pow_of)(VF a, VF b) {
  return CONVERT_FLOAT(VW)(pow(CONVERT_DOUBLE(VW)(a), CONVERT_DOUBLE(VW)(b)));
}
#else
static inline VF FN(pow_of)(VF a, VF b) { return pow(a, b); }
#endif

/// The greater or the smaller; NaN where either is.
static inline VF FN(greater_of)(VF a, VF b) {
  return SELECT(a != a, a, SELECT(a >= b, a, b));
}
static inline VF FN(smaller_of)(VF a, VF b) {
  return SELECT(a != a, a, SELECT(a <= b, a, b));
}

#undef FN
#undef SET
#undef SELECT
