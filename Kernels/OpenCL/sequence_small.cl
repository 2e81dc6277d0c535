// All L steps of a recurrence of at most 128 units by one group, U held in registers, h in local
// memory: no group waits for another. Cells and rows: sequence_cells.cl.
//
// Group i of ⌈count · M / ROWS⌉ groups of 32 · WARPS items: ROWS rows (8 or 16) from i · ROWS on;
// warp w the units 8 · OCTETS · w …, H = 8 · OCTETS · WARPS, whose sums end in its registers. H
// is a multiple of 32.
// WEIGHTS: U as matrix_layout.cl packs it, K1 = H, without a second row.
//
// Order of a sum: matrix.cl from 0, then x. h is rounded to 16 bits as a factor, never as state.
//
// Written before: prelude.cl, functions.cl of width 2, matrix.cl, matrix_layout.cl with N and K1 =
// H, sequence_cells.cl.
#define TILES (OCTETS * GATES)
#define HALVES (ROWS / 8)

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void sequence_small(ROW_PARAMETERS, __global const int4 *streams, const int first, const int count,
                    __global int *status) {
  // By step & 1; 16 words more a row, so that a quarter of a warp reads from all banks.
  __local uint words[2][ROWS][H / 2 + 16] __attribute__((aligned(16)));
  __local uint exchange[MMA_WORDS];
  // A launch without streams only makes the driver finish its build.
  if (count == 0) return;
  const int item = get_local_id(0), lane = item & 31, warp = item >> 5;
  const int all = count * M, own = lane / 4, team = get_group_id(0) * ROWS;
  const int unit = warp * OCTETS * 8 + lane % 4 * 2;
  uint u[BLOCKS][TILES][4];
  __global const uint4 *weights = (__global const uint4 *)(WEIGHTS) + lane;
  UNROLL for (int e = 0; e < BLOCKS; e++) {
    UNROLL for (int i = 0; i < TILES; i++) {
      const int octet = warp * OCTETS + i / GATES;
      const uint4 word = weights[((octet * BLOCKS + e) * GATES + i % GATES) * 32];
      u[e][i][0] = word.x, u[e][i][1] = word.y, u[e][i][2] = word.z, u[e][i][3] = word.w;
      UNROLL for (int w = 0; w < 4; w++) PIN(u[e][i][w]);
    }
  }
  float2 state[HALVES][OCTETS][1 + HAS_CELL];
  UNROLL for (int r = 0; r < HALVES; r++) {
    UNROLL for (int o = 0; o < OCTETS; o++) {
      // Rows beyond the last repeat it and deliver nothing.
      const int row = min(team + own + 8 * r, all - 1);
      begin(ROW_ARGUMENTS, streams[first + row / M], row, unit + o * 8, state[r][o]);
      words[0][own + 8 * r][unit / 2 + o * 4] = pair_of(state[r][o][0].x, state[r][o][0].y);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  ROLLED for (uint step = 0; step < L; step++) {
    float2 x[HALVES][OCTETS][GATES];
    UNROLL for (int r = 0; r < HALVES; r++) {
      const int row = min(team + own + 8 * r, all - 1);
      __global const float *from =
          inputs_of(ROW_ARGUMENTS, streams[first + row / M], row, step) + unit;
      UNROLL for (int o = 0; o < OCTETS; o++) {
        UNROLL for (int g = 0; g < GATES; g++) x[r][o][g] = vload2(0, from + g * H + o * 8);
      }
    }
    float d[TILES][4];
    UNROLL for (int i = 0; i < TILES; i++) d[i][0] = d[i][1] = d[i][2] = d[i][3] = 0.0f;
    UNROLL for (int e = 0; e < BLOCKS; e++) {
      __local const uint *from = words[step & 1][own] + e * 16 + lane % 4 * 4;
      const uint4 a = *(__local const uint4 *)from;
      const uint4 b = ROWS > 8 ? *(__local const uint4 *)(from + 8 * (H / 2 + 16)) : (uint4)(0);
      UNROLL for (int i = 0; i < TILES; i++) {
        MMA_STEP(d[i], a.x, b.x, a.y, b.y, u[e][i][0], u[e][i][1]);
      }
      UNROLL for (int i = 0; i < TILES; i++) {
        MMA_STEP(d[i], a.z, b.z, a.w, b.w, u[e][i][2], u[e][i][3]);
      }
    }
    UNROLL for (int r = 0; r < HALVES; r++) {
      const int row = team + own + 8 * r;
      UNROLL for (int o = 0; o < OCTETS; o++) {
        float2 s[GATES];
        UNROLL for (int g = 0; g < GATES; g++) {
          s[g] = (float2)(d[o * GATES + g][2 * r], d[o * GATES + g][2 * r + 1]);
        }
        const float2 h = advance(constants, x[r][o], s, state[r][o], unit + o * 8);
        words[(step + 1) & 1][own + 8 * r][unit / 2 + o * 4] = pair_of(h.x, h.y);
        if (row < all) {
          deliver(ROW_ARGUMENTS, streams[first + row / M], row, unit + o * 8, step, state[r][o]);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
