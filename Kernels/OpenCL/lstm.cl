// One direction of a long short-term memory over L steps of M rows, after the input product
// x[L · M, 4H] = W X + b + c, gates i, f, g, o side by side:
//
//     i = F(x_i + U_i h + p_i ⊙ c)      f = F(x_f + U_f h + p_f ⊙ c), or 1 − i where COUPLED
//     g = G(x_g + U_g h)                c' = f ⊙ c + i ⊙ g
//     o = F(x_o + U_o h + p_o ⊙ c')     h' = o ⊙ OUT(c')
//
// u: [H, 4H] (k, then gate and unit), scales: [4H] of int8, peepholes: [3H] or absent, lengths: [M] or absent. initial, initial
// cell, y, last and last cell by INITIAL(m), INITIAL_CELL(m), Y(t, m), LAST(m); each may be absent.
// hidden: [4, M, H]: two copies of h, then two of c.
// RT: rows of a tile, at most M. VW <= H. BACKWARD: steps in reverse order.
// Order: U h in segments of SEGMENT terms, the first from the x part on; peepholes last, by fma.
#define LENGTH(m) (lengths ? clamp(lengths[m], 0, L) : L)

void NAME(
    S0 const float *restrict x, S1 const WEIGHT *restrict u, S2 const float *restrict peepholes,
    S3 const int *restrict lengths, S4 const float *restrict initial,
    S5 const float *restrict initial_cell, S6 const float *restrict scales, S7 float *restrict y,
    S8 float *restrict last, S9 float *restrict last_cell, S10 float *restrict hidden,
    STATUS) {
  FOR_EACH(i, M * H) {
    hidden[i] = initial ? initial[INITIAL(i / H) + i % H] : 0.0f;
    hidden[2 * M * H + i] = initial_cell ? initial_cell[INITIAL_CELL(i / H) + i % H] : 0.0f;
  }
  BARRIER
  for (int step = 0; step < L; step++) {
    S10 const float *h = hidden + step % 2 * M * H;
    S10 float *next = hidden + (step + 1) % 2 * M * H;
    FOR_TILES(row, RT, M, unit, VW, H) {
      VF total[RT][4];
      VP sum[RT][4];
      float inverse[RT], scale[RT];
      for (int i = 0; i < RT; i++) FIND_SCALES(i, H, h[(row + i) * H + k])
      for (int i = 0; i < RT; i++) {
        const int length = LENGTH(row + i);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        S0 const float *sums = x + (t * M + row + i) * 4 * H + unit;
        for (int g = 0; g < 4; g++) total[i][g] = VLOAD(sums + g * H);
      }
      for (int first = 0; first < H; first += SEGMENT) {
        for (int i = 0; i < RT; i++) {
          for (int g = 0; g < 4; g++) sum[i][g] = SEGMENT_START(first, total[i][g], sum[i][g]);
        }
        for (int k = first; k < min(first + SEGMENT, H); k++) {
          VP weight[4];
          for (int g = 0; g < 4; g++) weight[g] = WEIGHTS(u + k * 4 * H + g * H + unit);
          for (int i = 0; i < RT; i++) {
            const VP value = (VP)(FACTOR1(h[(row + i) * H + k], inverse[i]));
            for (int g = 0; g < 4; g++) sum[i][g] = TERM(weight[g], value, sum[i][g]);
          }
        }
        for (int i = 0; i < RT; i++) {
          for (int g = 0; g < 4; g++) total[i][g] = SEGMENT_END(first, total[i][g], sum[i][g]);
        }
      }
      for (int i = 0; i < RT; i++) {
        for (int g = 0; g < 4; g++) {
          total[i][g] = SCALED(
              total[i][g], sum[i][g], VLOAD(scales + g * H + unit) * (VF)(scale[i]));
        }
        const int m = row + i, at = m * H + unit;
        const int length = LENGTH(m);
        if (lengths && length != lengths[m]) FAIL(LENGTH_OUT_OF_RANGE);
        const int t = BACKWARD ? max(length - 1 - step, 0) : step;
        const VF old = VLOAD(h + 2 * M * H + at);
        VF in = total[i][0], forget = total[i][1], out = total[i][3];
        if (peepholes) {
          in = fma(VLOAD(peepholes + unit), old, in);
          forget = fma(VLOAD(peepholes + H + unit), old, forget);
        }
        in = F(in);
        forget = COUPLED ? (VF)(1.0f) - in : F(forget);
        const VF cell = fma(forget, old, in * G(total[i][2]));
        if (peepholes) out = fma(VLOAD(peepholes + 2 * H + unit), cell, out);
        const VF value = F(out) * OUT(cell);
        const int runs = step < length;
        VSTORE(runs ? value : VLOAD(h + at), next + at);
        VSTORE(runs ? cell : old, next + 2 * M * H + at);
        if (y) VSTORE(runs ? value : (VF)(0.0f), y + Y(runs ? t : step, m) + unit);
      }
    }
    BARRIER
  }
  FOR_EACH(i, M * H) {
    if (last) last[LAST(i / H) + i % H] = hidden[L % 2 * M * H + i];
    if (last_cell) last_cell[LAST(i / H) + i % H] = hidden[(2 + L % 2) * M * H + i];
  }
}
#undef LENGTH
