// Factors of products as each precision takes them, once per vector width that products use:
//
//     fp16    x rounded to IEEE half, to nearest even
//     bf16    x rounded to the upper half of a float, to nearest even
//     int8    rint(x · inverse) as int, inverse = 127 / max|x| of its row
//
// VW: elements of a vector.
#define FN(name) CAT(CAT(name, _), VW)

static inline VF FN(factor_bf16)(VF x) {
  const VI bits = AS_INT(VW)(x);
  const VI nearest = (bits + 0x7fff + ((bits >> 16) & 1)) & (int)0xffff0000;
  return x == x ? AS_FLOAT(VW)(nearest) : x;
}

/// 11 bits from 2^-14 on, multiples of 2^-24 below, infinite from 65520 on.
static inline VF FN(factor_fp16)(VF x) {
  const VF a = fabs(x);
  const VI bits = AS_INT(VW)(a);
  const VF normal = AS_FLOAT(VW)((bits + 0xfff + ((bits >> 13) & 1)) & ~0x1fff);
  const VF tiny = (a + (VF)(0.5f)) - (VF)(0.5f);
  const VF finite = a < (VF)(0x1p-14f) ? tiny : normal;
  const VF nearest = a >= (VF)(65520.0f) ? (VF)(INFINITY) : finite;
  return x == x ? copysign(nearest, x) : x;
}

static inline VI FN(factor_int8)(VF x, float inverse) {
  return CONVERT_INT(VW)(rint(x * (VF)(inverse)));
}
#undef FN
