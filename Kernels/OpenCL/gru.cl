// One direction of a gated recurrent unit over L steps of M rows, after the input product
// x[L · M, 3H] = W X + b + c (without c_n where RESET_AFTER), gates r, z, n side by side:
//
//     r = F(x_r + U_r h)      z = F(x_z + U_z h)
//     n = G(x_n + r ⊙ (c_n + U_n h))    RESET_AFTER      n = G(x_n + U_n (r ⊙ h))    otherwise
//     h' = z ⊙ h + (1 − z) ⊙ n
//
// u: [H, 3H] (k, then gate and unit), scales: [3H] of int8, c: [H] or absent, lengths: [M] or absent. initial, y and last by
// INITIAL(m), Y(t, m), LAST(m); y or last may be absent. hidden: [2, M, H]; gates: [2, M, H], r ⊙ h
// and z, absent where RESET_AFTER.
// RT: rows of a tile, at most M. VW <= H. BACKWARD: steps in reverse order.
// Order: U h in segments of SEGMENT terms, the first from the x part (of RESET_AFTER's n: from c_n) on.
#define LENGTH(m) (lengths ? clamp(lengths[m], 0, L) : L)
#define UNITS(g) WEIGHTS(u + k * 3 * H + (g) * H + unit)
#define GATE_SCALE(g) (VLOAD(scales + (g) * H + unit) * (VF)(scale[i]))

void NAME(
    S0 const float *restrict x, S1 const WEIGHT *restrict u, S2 const float *restrict c,
    S3 const int *restrict lengths, S4 const float *restrict initial,
    S5 const float *restrict scales, S6 float *restrict y, S7 float *restrict last,
    S8 float *restrict hidden, S9 float *restrict gates,
    STATUS) {
  FOR_EACH(i, M * H) hidden[i] = initial ? initial[INITIAL(i / H) + i % H] : 0.0f;
  BARRIER
  for (int step = 0; step < L; step++) {
    S8 const float *h = hidden + step % 2 * M * H;
    S8 float *next = hidden + (step + 1) % 2 * M * H;
#if !RESET_AFTER
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF r[RT], z[RT];
      VP sr[RT], sz[RT];
      float inverse[RT], scale[RT];
      for (int i = 0; i < RT; i++) FIND_SCALES(i, H, h[(row + i) * H + k])
      for (int i = 0; i < RT; i++) {
        const int length = LENGTH(row + i);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        S0 const float *sums = x + (t * M + row + i) * 3 * H + unit;
        r[i] = VLOAD(sums);
        z[i] = VLOAD(sums + H);
      }
      for (int first = 0; first < H; first += SEGMENT) {
        for (int i = 0; i < RT; i++) {
          sr[i] = SEGMENT_START(first, r[i], sr[i]);
          sz[i] = SEGMENT_START(first, z[i], sz[i]);
        }
        for (int k = first; k < min(first + SEGMENT, H); k++) {
          const VP ur = UNITS(0), uz = UNITS(1);
          for (int i = 0; i < RT; i++) {
            const VP value = (VP)(FACTOR1(h[(row + i) * H + k], inverse[i]));
            sr[i] = TERM(ur, value, sr[i]);
            sz[i] = TERM(uz, value, sz[i]);
          }
        }
        for (int i = 0; i < RT; i++) {
          r[i] = SEGMENT_END(first, r[i], sr[i]);
          z[i] = SEGMENT_END(first, z[i], sz[i]);
        }
      }
      for (int i = 0; i < RT; i++) {
        const int at = (row + i) * H + unit;
        r[i] = SCALED(r[i], sr[i], GATE_SCALE(0));
        z[i] = SCALED(z[i], sz[i], GATE_SCALE(1));
        VSTORE(F(r[i]) * VLOAD(h + at), gates + at);
        VSTORE(F(z[i]), gates + M * H + at);
      }
    }
    BARRIER
#endif
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF r[RT], z[RT], n[RT];
      VP sr[RT], sz[RT], sn[RT];
      float inverse[RT], scale[RT];
#if RESET_AFTER
      S8 const float *factors = h;
#else
      S9 const float *factors = gates;
#endif
      for (int i = 0; i < RT; i++) FIND_SCALES(i, H, factors[(row + i) * H + k])
      for (int i = 0; i < RT; i++) {
        const int length = LENGTH(row + i);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        S0 const float *sums = x + (t * M + row + i) * 3 * H + unit;
#if RESET_AFTER
        r[i] = VLOAD(sums);
        z[i] = VLOAD(sums + H);
        n[i] = c ? VLOAD(c + unit) : (VF)(0.0f);
#else
        n[i] = VLOAD(sums + 2 * H);
#endif
      }
      for (int first = 0; first < H; first += SEGMENT) {
        for (int i = 0; i < RT; i++) {
#if RESET_AFTER
          sr[i] = SEGMENT_START(first, r[i], sr[i]);
          sz[i] = SEGMENT_START(first, z[i], sz[i]);
#endif
          sn[i] = SEGMENT_START(first, n[i], sn[i]);
        }
        for (int k = first; k < min(first + SEGMENT, H); k++) {
#if RESET_AFTER
          const VP ur = UNITS(0), uz = UNITS(1);
#endif
          const VP un = UNITS(2);
          for (int i = 0; i < RT; i++) {
            const VP value = (VP)(FACTOR1(factors[(row + i) * H + k], inverse[i]));
#if RESET_AFTER
            sr[i] = TERM(ur, value, sr[i]);
            sz[i] = TERM(uz, value, sz[i]);
#endif
            sn[i] = TERM(un, value, sn[i]);
          }
        }
        for (int i = 0; i < RT; i++) {
#if RESET_AFTER
          r[i] = SEGMENT_END(first, r[i], sr[i]);
          z[i] = SEGMENT_END(first, z[i], sz[i]);
#endif
          n[i] = SEGMENT_END(first, n[i], sn[i]);
        }
      }
      for (int i = 0; i < RT; i++) {
#if RESET_AFTER
        r[i] = SCALED(r[i], sr[i], GATE_SCALE(0));
        z[i] = SCALED(z[i], sz[i], GATE_SCALE(1));
#endif
        n[i] = SCALED(n[i], sn[i], GATE_SCALE(2));
        const int m = row + i, at = m * H + unit;
        const int length = LENGTH(m);
        if (lengths && length != lengths[m]) FAIL(LENGTH_OUT_OF_RANGE);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        const VF old = VLOAD(h + at);
#if RESET_AFTER
        const VF gate = F(z[i]);
        const VF new = G(fma(F(r[i]), n[i], VLOAD(x + (t * M + m) * 3 * H + 2 * H + unit)));
#else
        const VF gate = VLOAD(gates + M * H + at);
        const VF new = G(n[i]);
#endif
        const VF value = fma(gate, old, ((VF)(1.0f) - gate) * new);
        const int runs = step < length;
        VSTORE(runs ? value : old, next + at);
        if (y) VSTORE(runs ? value : (VF)(0.0f), y + Y(runs ? t : step, m) + unit);
      }
    }
    BARRIER
  }
  if (last) {
    FOR_EACH(i, M * H) last[LAST(i / H) + i % H] = hidden[L % 2 * M * H + i];
  }
}
#undef LENGTH
#undef UNITS
#undef GATE_SCALE
