// All L steps of a recurrence in float32 in one launch, U held in registers, by plain fma: for GPUs of
// any kind. Cells and rows: sequence_cells.cl; how groups wait and exchange h: exchange.cl, FLOATS.
//
// Group (i, j) of ⌈count · M / ROWS⌉ x GROUPS groups of 32 · WARPS items: ROWS rows from i · ROWS on,
// the team, by 8 · OCTETS units, H = 8 · OCTETS · GROUPS. Item 32 · w + 8 · p + u has unit u of each
// octet, of U the fours of k (4 · w + p) + 4 · WARPS · e for e < EACH = H / 16 / WARPS, so that
// SPLIT = 4 · WARPS items share a sum. SHARE rows at a time meet in local memory. Teams of further
// launches have a global offset, as in sequence.cl.
// WEIGHTS: U as [H / 8][H / 4][GATES][8][4] floats.
//
// Local memory: 32 · SHARE · OCTETS · GATES · (SPLIT + 5) bytes.
// Order of a sum: an item's k ascending, by fma from 0; the SPLIT items' sums in order; then x. Fixed by
// H and WARPS, whatever the rows.
//
// Written before: prelude.cl, functions.cl of width 2, matrix.cl, matrix_layout.cl with N and K1 = H,
// sequence_cells.cl, waiting.cl, exchange.cl.
#define UNITS (8 * OCTETS)
#define TILES (OCTETS * GATES)
#define SPLIT (4 * WARPS)
#define GAP (SPLIT + 4)
#define PARTS (ROWS / SHARE)
#define PAIRS (SHARE * UNITS / 2)
#define PAIRS_EACH ((PAIRS + ITEMS - 1) / ITEMS)

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void sequence_fma(ROW_PARAMETERS, __global const int4 *streams, const int first, const int count,
                  __global int *status) {
  // [row][tile][unit][SPLIT], and their sums.
  __local float partial[SHARE * TILES * 8 * GAP] __attribute__((aligned(16)));
  __local float total[SHARE * TILES * 8];
  __local uint failed[2];
  // A launch without streams only makes the driver finish its build.
  if (count == 0) return;
  const int item = get_local_id(0), own_unit = item % 8, share = item / 8;
  const int all = count * M, offset = get_global_offset(0) / ITEMS;
  const int team = ((int)get_group_id(0) + offset) * ROWS, column = get_group_id(1);
  if (item == 0) failed[0] = failed[1] = 0;
#if COUNT_IN
  if (item == 0) {
    const uint groups = (offset + get_num_groups(0)) * GROUPS;
    if (!counts_in(groups, status)) failed[0] = 1;
  }
#endif
  float4 u[EACH][TILES];
  __global const float4 *weights = (__global const float4 *)(WEIGHTS) + own_unit;
  UNROLL for (int e = 0; e < EACH; e++) {
    UNROLL for (int i = 0; i < TILES; i++) {
      const int octet = column * OCTETS + i / GATES, four = share + e * SPLIT;
      u[e][i] = weights[((octet * (H / 4) + four) * GATES + i % GATES) * 8];
    }
  }
  float2 state[PARTS][PAIRS_EACH][1 + HAS_CELL];
  UNROLL for (int part = 0; part < PARTS; part++) {
    UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
      const int pair = item + j * ITEMS, row = team + part * SHARE + pair / (UNITS / 2);
      const int unit = column * UNITS + pair % (UNITS / 2) * 2;
      if (pair < PAIRS && row < all) {
        begin(ROW_ARGUMENTS, streams[first + row / M], row, unit, state[part][j]);
      }
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (failed[0]) return;
  ROLLED for (uint step = 0; step < L; step++) {
#if !TAGGED
    __global const uint *flags = EXCHANGED(streams[first + team / M], team, 1) + ROW_WORDS;
    for (int i = item; i < GROUPS; i += ITEMS) {
      if (!reaches(flags + i, step, status)) failed[step & 1] = 1;
    }
    FENCE;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
#endif
    UNROLL for (int part = 0; part < PARTS; part++) {
      const int begins = team + part * SHARE;
      float2 x[PAIRS_EACH][GATES];
      UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
        const int pair = item + j * ITEMS, row = begins + pair / (UNITS / 2);
        const int unit = column * UNITS + pair % (UNITS / 2) * 2;
        if (pair >= PAIRS || row >= all) continue;
        __global const float *from =
            inputs_of(ROW_ARGUMENTS, streams[first + row / M], row, step) + unit;
        UNROLL for (int g = 0; g < GATES; g++) x[j][g] = vload2(0, from + g * H);
      }
      // A row's words are looked at while those of the row before are multiplied.
      uint4 ahead[EACH];
      if (begins < all) {
        look_at_factors(ahead, EXCHANGED(streams[first + begins / M], begins, step) + share * 4);
      }
      ROLLED for (int r = 0; r < SHARE; r++) {
        const int row = begins + r, next = row + 1;
        uint4 a[EACH];
        UNROLL for (int e = 0; e < EACH; e++) a[e] = ahead[e];
        if (r + 1 < SHARE && next < all) {
          look_at_factors(ahead, EXCHANGED(streams[first + next / M], next, step) + share * 4);
        }
        if (row < all) {
          __global const uint *words =
              EXCHANGED(streams[first + row / M], row, step) + share * 4;
          if (!settle(a, words, step, status)) failed[step & 1] = 1;
        }
        float s[TILES];
        UNROLL for (int i = 0; i < TILES; i++) s[i] = 0.0f;
        UNROLL for (int e = 0; e < EACH; e++) {
          const float4 h = as_float4(a[e]);
          UNROLL for (int i = 0; i < TILES; i++) {
            s[i] = fma(u[e][i].x, h.x, s[i]);
            s[i] = fma(u[e][i].y, h.y, s[i]);
            s[i] = fma(u[e][i].z, h.z, s[i]);
            s[i] = fma(u[e][i].w, h.w, s[i]);
          }
        }
        UNROLL for (int i = 0; i < TILES; i++) {
          partial[((r * TILES + i) * 8 + own_unit) * GAP + share] = s[i];
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      if (failed[step & 1]) return;
      for (int i = item; i < SHARE * TILES * 8; i += ITEMS) {
        __local const float4 *from = (__local const float4 *)(partial + i * GAP);
        float sum = 0.0f;
        for (int w = 0; w < WARPS; w++) {
          sum += from[w].x;
          sum += from[w].y;
          sum += from[w].z;
          sum += from[w].w;
        }
        total[i] = sum;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
        const int pair = item + j * ITEMS, at = pair / (UNITS / 2), own = pair % (UNITS / 2) * 2;
        const int row = begins + at, unit = column * UNITS + own;
        if (pair >= PAIRS || row >= all) continue;
        float2 s[GATES];
        UNROLL for (int g = 0; g < GATES; g++) {
          s[g] = vload2(0, total + (at * TILES + own / 8 * GATES + g) * 8 + own % 8);
        }
        const int4 stream = streams[first + row / M];
        const float2 h = advance(constants, x[j], s, state[part][j], unit);
        give(ROW_ARGUMENTS, stream, row, unit, h, step + 1, first + row / M, status);
        deliver(ROW_ARGUMENTS, stream, row, unit, step, state[part][j]);
      }
    }
#if TAGGED
    STORED;
#else
    FENCE;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (item == 0) ((__global volatile uint *)flags)[column] = step + 1;
    STORED;
#endif
  }
}
