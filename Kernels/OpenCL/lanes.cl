// Sums of a row over 16 lanes, for bodies along contiguous lines. Read once, after prelude.cl.
//
// Order: element i goes to lane i mod 16 of ACC; then lanes j and j + 8 are added, j and j + 4,
// j and j + 2, the last two.
#define LANES 16
#define VLANES CAT(ACC, 16)
#define WIDE_ROW(v) CONVERT_ACC(16)(v)

static inline ACC lanes_sum(VLANES v) {
  const CAT(ACC, 8) a = v.lo + v.hi;
  const CAT(ACC, 4) b = a.lo + a.hi;
  const CAT(ACC, 2) c = b.lo + b.hi;
  return c.x + c.y;
}

/// The greatest of 16; NaN where any is.
static inline float lanes_max(float16 v) {
  float values[LANES];
  vstore16(v, 0, values);
  float top = values[0];
  for (int i = 1; i < LANES; i++) {
    top = top != top || top >= values[i] ? top : values[i];
  }
  return top;
}

/// 16 elements of a row of N from i on, those beyond it `filler`.
#define ROW_OF(target, p, i, n, filler) \
  if ((i) + LANES <= (n)) { \
    target = vload16(0, (p) + (i)); \
  } else { \
    float part_[LANES]; \
    for (int l_ = 0; l_ < LANES; l_++) part_[l_] = (i) + l_ < (n) ? (p)[(i) + l_] : (filler); \
    target = vload16(0, part_); \
  }

#define STORE_ROW(v, p, i, n) \
  if ((i) + LANES <= (n)) { \
    vstore16(v, 0, (p) + (i)); \
  } else { \
    float part_[LANES]; \
    vstore16(v, 0, part_); \
    for (int l_ = 0; (i) + l_ < (n); l_++) (p)[(i) + l_] = part_[l_]; \
  }

/// mean = Σ p / n, deviation = 1 / sqrt(Σ (p − mean)² / n + EPSILON), each square rounded by itself.
#define MEASURE(p, n, EPSILON, mean, deviation) \
  { \
    VLANES sum_ = (VLANES)(0); \
    for (int i_ = 0; i_ < (n); i_ += LANES) { \
      float16 row_; \
      ROW_OF(row_, p, i_, n, 0.0f) \
      sum_ += WIDE_ROW(row_); \
    } \
    mean = lanes_sum(sum_) / (ACC)(n); \
    VLANES square_ = (VLANES)(0); \
    for (int i_ = 0; i_ < (n); i_ += LANES) { \
      float16 row_; \
      ROW_OF(row_, p, i_, n, 0.0f) \
      const VLANES centred_ = WIDE_ROW(row_) - (VLANES)(mean); \
      const VLANES term_ = centred_ * centred_; \
      if (i_ + LANES <= (n)) { \
        square_ += term_; \
      } else { \
        ACC terms_[LANES]; \
        vstore16(term_, 0, terms_); \
        for (int l_ = 0; l_ < LANES; l_++) { \
          if (i_ + l_ >= (n)) terms_[l_] = 0; \
        } \
        square_ += vload16(0, terms_); \
      } \
    } \
    deviation = (ACC)1 / sqrt(lanes_sum(square_) / (ACC)(n) + (ACC)(EPSILON)); \
  }
