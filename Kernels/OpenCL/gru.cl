// One direction of a gated recurrent unit over L steps of M rows, after the input product
// x[L · M, 3H] = W X + b + c (without c_n where RESET_AFTER), gates r, z, n side by side:
//
//     r = F(x_r + U_r h)      z = F(x_z + U_z h)
//     n = G(x_n + r ⊙ (c_n + U_n h))    RESET_AFTER      n = G(x_n + U_n (r ⊙ h))    otherwise
//     h' = z ⊙ h + (1 − z) ⊙ n
//
// u: [H, 3H] (k, then gate and unit), c: [H] or absent, lengths: [M] or absent. initial, y and last by
// INITIAL(m), Y(t, m), LAST(m); y or last may be absent. hidden: [2, M, H]; gates: [2, M, H], r ⊙ h
// and z, absent where RESET_AFTER.
// RT: rows of a tile, at most M. VW <= H. BACKWARD: steps in reverse order.
// Order: U h in segments of SEGMENT terms, the first from the x part (of RESET_AFTER's n: from c_n) on.
#define LENGTH(m) (lengths ? clamp(lengths[m], 0, L) : L)
#define UNITS(g) VLOAD(u + k * 3 * H + (g) * H + unit)

void NAME(
    S0 const float *restrict x, S1 const float *restrict u, S2 const float *restrict c,
    S3 const int *restrict lengths, S4 const float *restrict initial, S5 float *restrict y,
    S6 float *restrict last, S7 float *restrict hidden, S8 float *restrict gates,
    STATUS) {
  FOR_EACH(i, M * H) hidden[i] = initial ? initial[INITIAL(i / H) + i % H] : 0.0f;
  BARRIER
  for (int step = 0; step < L; step++) {
    S7 const float *h = hidden + step % 2 * M * H;
    S7 float *next = hidden + (step + 1) % 2 * M * H;
#if !RESET_AFTER
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF r[RT], z[RT];
      for (int first = 0; first < H; first += SEGMENT) {
        VF sr[RT], sz[RT];
        for (int i = 0; i < RT; i++) {
          const int length = LENGTH(row + i);
          const int t = BACKWARD ? max(length - 1 - step, 0) : step;
          S0 const float *sums = x + (t * M + row + i) * 3 * H + unit;
          sr[i] = first ? (VF)(0.0f) : VLOAD(sums);
          sz[i] = first ? (VF)(0.0f) : VLOAD(sums + H);
        }
        for (int k = first; k < min(first + SEGMENT, H); k++) {
          const VF ur = UNITS(0), uz = UNITS(1);
          for (int i = 0; i < RT; i++) {
            const VF value = (VF)(h[(row + i) * H + k]);
            sr[i] = fma(ur, value, sr[i]);
            sz[i] = fma(uz, value, sz[i]);
          }
        }
        for (int i = 0; i < RT; i++) {
          r[i] = first ? r[i] + sr[i] : sr[i];
          z[i] = first ? z[i] + sz[i] : sz[i];
        }
      }
      for (int i = 0; i < RT; i++) {
        const int at = (row + i) * H + unit;
        VSTORE(F(r[i]) * VLOAD(h + at), gates + at);
        VSTORE(F(z[i]), gates + M * H + at);
      }
    }
    BARRIER
#endif
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF r[RT], z[RT], n[RT];
      for (int first = 0; first < H; first += SEGMENT) {
        VF sr[RT], sz[RT], sn[RT];
        for (int i = 0; i < RT; i++) {
          const int length = LENGTH(row + i);
          const int t = BACKWARD ? max(length - 1 - step, 0) : step;
          S0 const float *sums = x + (t * M + row + i) * 3 * H + unit;
#if RESET_AFTER
          sr[i] = first ? (VF)(0.0f) : VLOAD(sums);
          sz[i] = first ? (VF)(0.0f) : VLOAD(sums + H);
          sn[i] = first || !c ? (VF)(0.0f) : VLOAD(c + unit);
#else
          sn[i] = first ? (VF)(0.0f) : VLOAD(sums + 2 * H);
#endif
        }
        for (int k = first; k < min(first + SEGMENT, H); k++) {
#if RESET_AFTER
          const VF ur = UNITS(0), uz = UNITS(1), un = UNITS(2);
          for (int i = 0; i < RT; i++) {
            const VF value = (VF)(h[(row + i) * H + k]);
            sr[i] = fma(ur, value, sr[i]);
            sz[i] = fma(uz, value, sz[i]);
            sn[i] = fma(un, value, sn[i]);
          }
#else
          const VF un = UNITS(2);
          for (int i = 0; i < RT; i++) {
            sn[i] = fma(un, (VF)(gates[(row + i) * H + k]), sn[i]);
          }
#endif
        }
        for (int i = 0; i < RT; i++) {
#if RESET_AFTER
          r[i] = first ? r[i] + sr[i] : sr[i];
          z[i] = first ? z[i] + sz[i] : sz[i];
#endif
          n[i] = first ? n[i] + sn[i] : sn[i];
        }
      }
      for (int i = 0; i < RT; i++) {
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
