// All L steps of a recurrence in one launch, U held in registers. Cells and rows:
// sequence_cells.cl.
//
// Group (i, j) of ⌈count · M / ROWS⌉ x GROUPS groups of 32 · WARPS items: ROWS rows from i · ROWS
// on, the team, by 8 · OCTETS units, H = 8 · OCTETS · GROUPS. Warp w holds of those units the blocks
// of 32 k from w · EACH on, EACH = H / 32 / WARPS whole. ROWS: 8 or 16. They are rows of A, units
// columns of B. Where a device does not run all teams at the same time, they come in several
// launches of the kernel, each with an offset of so many teams (get_global_offset(0) / ITEMS).
// WEIGHTS: U as matrix_layout.cl packs it, K1 = H, without a second row.
//
// Groups of a team exchange h as exchange.cl says, so all groups of a launch must run at the same
// time: with COUNT_IN they count in first, those of earlier launches included. For H of at most 128
// sequence_small.cl does without.
//
// PARTIALS: copies of the warps' sums in local memory, 32 · WARPS · OCTETS · GATES · ROWS bytes
// each; 2 saves a barrier a step. The U of H = 2048 and more does not fit the registers of 128
// groups beside the rest.
//
// Order of a sum: matrix.cl over a warp's blocks from 0, the warps' sums in order, then x. Fixed by
// H and WARPS, whatever the rows. h is rounded to 16 bits as a factor, never as state.
//
// Written before: prelude.cl, functions.cl of width 2, matrix.cl, matrix_layout.cl with N and K1 =
// H, sequence_cells.cl, waiting.cl, exchange.cl.
#define UNITS (8 * OCTETS)
#define TILES (OCTETS * GATES)
#define PAIRS (ROWS * UNITS / 2)
#define PAIRS_EACH ((PAIRS + ITEMS - 1) / ITEMS)

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void sequence(ROW_PARAMETERS, __global const int4 *streams, const int first, const int count,
              __global int *status) {
  __local float partial[PARTIALS][WARPS * TILES * ROWS * 8];
  __local uint exchange[MMA_WORDS], failed[2];
  // A launch without streams only makes the driver finish its build.
  if (count == 0) return;
  const int item = get_local_id(0), lane = item & 31, warp = item >> 5;
  const int all = count * M, offset = get_global_offset(0) / ITEMS;
  const int team = ((int)get_group_id(0) + offset) * ROWS, column = get_group_id(1);
  if (item == 0) failed[0] = failed[1] = 0;
#if COUNT_IN
  if (item == 0) {
    const uint groups = (offset + get_num_groups(0)) * GROUPS;
    if (!counts_in(groups, status)) failed[0] = 1;
  }
#endif
  uint u[EACH][TILES][4];
  __global const uint4 *weights = (__global const uint4 *)(WEIGHTS) + lane;
  UNROLL for (int e = 0; e < EACH; e++) {
    UNROLL for (int i = 0; i < TILES; i++) {
      const int octet = column * OCTETS + i / GATES, block = warp * EACH + e;
      const uint4 words = weights[((octet * (H / 32) + block) * GATES + i % GATES) * 32];
      u[e][i][0] = words.x, u[e][i][1] = words.y, u[e][i][2] = words.z, u[e][i][3] = words.w;
      UNROLL for (int w = 0; w < 4; w++) PIN(u[e][i][w]);
    }
  }
  // The lane's rows of factors, and the pairs of units that it carries on.
  const int upper = team + lane / 4, lower = upper + 8;
  const int factor = (warp * EACH * 32 + lane % 4 * 8) / 2;
  float2 state[PAIRS_EACH][1 + HAS_CELL];
  UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
    const int pair = item + j * ITEMS, row = team + pair / (UNITS / 2);
    const int unit = column * UNITS + pair % (UNITS / 2) * 2;
    if (pair < PAIRS && row < all) {
      begin(ROW_ARGUMENTS, streams[first + row / M], row, unit, state[j]);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (failed[0]) return;
  ROLLED for (uint step = 0; step < L; step++) {
    __local float *sums = partial[step % PARTIALS];
    float2 x[PAIRS_EACH][GATES];
    UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
      const int pair = item + j * ITEMS, row = team + pair / (UNITS / 2);
      const int unit = column * UNITS + pair % (UNITS / 2) * 2;
      if (pair >= PAIRS || row >= all) continue;
      __global const float *from =
          inputs_of(ROW_ARGUMENTS, streams[first + row / M], row, step) + unit;
      UNROLL for (int g = 0; g < GATES; g++) x[j][g] = vload2(0, from + g * H);
    }
#if !TAGGED
    __global const uint *flags = EXCHANGED(streams[first + team / M], team, 1) + ROW_WORDS;
    for (int i = item; i < GROUPS; i += ITEMS) {
      if (!reaches(flags + i, step, status)) failed[step & 1] = 1;
    }
    FENCE;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
#endif
    uint4 a[EACH], b[EACH];
    UNROLL for (int e = 0; e < EACH; e++) a[e] = b[e] = (uint4)(0);
    if (upper < all) {
      __global const uint *row = EXCHANGED(streams[first + upper / M], upper, step) + factor;
      look_at_factors(a, row);
      if (!settle(a, row, step, status)) failed[step & 1] = 1;
    }
    if (ROWS > 8 && lower < all) {
      __global const uint *row = EXCHANGED(streams[first + lower / M], lower, step) + factor;
      look_at_factors(b, row);
      if (!settle(b, row, step, status)) failed[step & 1] = 1;
    }
    float d[TILES][4];
    UNROLL for (int i = 0; i < TILES; i++) d[i][0] = d[i][1] = d[i][2] = d[i][3] = 0.0f;
    UNROLL for (int e = 0; e < EACH; e++) {
      UNROLL for (int i = 0; i < TILES; i++) {
        MMA_STEP(d[i], a[e].x, b[e].x, a[e].y, b[e].y, u[e][i][0], u[e][i][1]);
      }
      UNROLL for (int i = 0; i < TILES; i++) {
        MMA_STEP(d[i], a[e].z, b[e].z, a[e].w, b[e].w, u[e][i][2], u[e][i][3]);
      }
    }
    UNROLL for (int i = 0; i < TILES; i++) {
      __local float *to = sums + ((warp * TILES + i) * ROWS + lane / 4) * 8 + lane % 4 * 2;
      vstore2((float2)(d[i][0], d[i][1]), 0, to);
      if (ROWS > 8) vstore2((float2)(d[i][2], d[i][3]), 0, to + 64);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (failed[step & 1]) return;
    UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
      const int pair = item + j * ITEMS, at = pair / (UNITS / 2), own = pair % (UNITS / 2) * 2;
      const int row = team + at, unit = column * UNITS + own;
      if (pair >= PAIRS || row >= all) continue;
      float2 s[GATES];
      UNROLL for (int g = 0; g < GATES; g++) {
        s[g] = (float2)(0.0f);
        UNROLL for (int w = 0; w < WARPS; w++) {
          const int tile = (w * TILES + own / 8 * GATES + g) * ROWS + at;
          s[g] += vload2(0, sums + tile * 8 + own % 8);
        }
      }
      const int4 stream = streams[first + row / M];
      const float2 h = advance(constants, x[j], s, state[j], unit);
      give(ROW_ARGUMENTS, stream, row, unit, h, step + 1, first + row / M, status);
      deliver(ROW_ARGUMENTS, stream, row, unit, step, state[j]);
    }
#if TAGGED
#if PARTIALS == 1
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    STORED;
#else
    FENCE;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (item == 0) ((__global volatile uint *)flags)[column] = step + 1;
    STORED;
#endif
  }
}
