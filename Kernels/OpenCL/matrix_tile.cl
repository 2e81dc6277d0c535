// A layer's step for many rows, by matrix instructions: a group of WARPS_M x 4 warps carries
// TILE_M = 32 · PAIRS · WARPS_M rows of streams through TILE_N = 32 · OCTETS units; a warp 32 · PAIRS
// through 8 · OCTETS. Rows are read a block ahead into registers, rounded to 16 bits and shared in
// local memory, two blocks of them; weights are copied STAGES − 1 blocks ahead.
//
//     T64   WARPS_M 2, PAIRS 1, OCTETS 1, STAGES 4: 64 streams x 32 units, 32 sums an item (GRU)
//     T128  WARPS_M 2, PAIRS 2, OCTETS 2, STAGES 2: 128 streams x 64 units, 128 sums an item
//
// Group (i, j) of ⌈count · EACH_STREAM / TILE_M⌉ x ⌈N / TILE_N⌉ groups of ITEMS = 128 · WARPS_M
// items: rows i · TILE_M …, units j · TILE_N …; an item reads PAIRS times 8 values of a block of rows.
// Local memory: 128 · TILE_M + STAGES · 2048 · OCTETS · GATES bytes: 40 KB for T128 of a GRU.
// Order of a sum: matrix.cl; first row, then second. The same bits as matrix_few.cl.
// Written before: prelude.cl, functions.cl of width 2, matrix.cl, matrix_layout.cl, matrix_cells.cl
// and their macros.
#define WARPS_N 4
#define TILE_M (32 * PAIRS * WARPS_M)
#define TILE_N (8 * WARPS_N * OCTETS)
#define TILES (OCTETS * GATES)
#define STAGE_WORDS (WARPS_N * TILES * 32)

typedef struct { float4 low, high; } Eight;

/// Values k … k + 7 of a row of n; 0 beyond.
static inline Eight eight_of(__global const float *row, int k, int n) {
  Eight v;
  if (ALIGNED && (n % 32 == 0 || k + 8 <= n)) {
    v.low = *(__global const float4 *)(row + k);
    v.high = *(__global const float4 *)(row + k + 4);
  } else {
    float at[8];
    UNROLL for (int i = 0; i < 8; i++) at[i] = k + i < n ? row[k + i] : 0.0f;
    v.low = (float4)(at[0], at[1], at[2], at[3]);
    v.high = (float4)(at[4], at[5], at[6], at[7]);
  }
  return v;
}

static inline uint4 words_of(Eight v) {
  return (uint4)(pair_of(v.low.x, v.low.y), pair_of(v.low.z, v.low.w),
                 pair_of(v.high.x, v.high.y), pair_of(v.high.z, v.high.w));
}

/// The rows that an item reads, and what it has read of them.
typedef struct {
  __global const float *first[PAIRS], *second[PAIRS];
  Eight ahead[PAIRS];
} Rows;

/// Reads block `s` from k on; anything after the last.
static inline void read_block(Rows *rows, int s, int k) {
  UNROLL for (int i = 0; i < PAIRS; i++) {
    rows->ahead[i] =
        K2 == 0 || s < BLOCKS_1
            ? eight_of(rows->first[i], min(s, BLOCKS_1 - 1) * 32 + k, K1)
            : eight_of(rows->second[i], (min(s, BLOCKS - 1) - BLOCKS_1) * 32 + k, K2);
  }
}

/// Copies block `s` of the group's weights, octet by octet from `octet` on; the last octet once
/// more where the tile passes the units.
static inline void copy_block(__local uint4 *ring, __global const uint4 *weights, int octet, int s,
                              int item) {
  if (s < BLOCKS) {
    __local uint4 *slot = ring + s % STAGES * STAGE_WORDS;
    UNROLL for (int j = 0; j < (STAGE_WORDS + ITEMS - 1) / ITEMS; j++) {
      const int i = item + j * ITEMS;
      if (STAGE_WORDS % ITEMS == 0 || i < STAGE_WORDS) {
        const int own = min(octet + i / (GATES * 32), OCTET_COUNT - 1);
        COPY16(slot + i,
               weights + ((own * BLOCKS + s) * (GATES * 32) + i % (GATES * 32)), 16);
      }
    }
  }
  COPIES_END;
}

// Block after block: rows of the block go to local memory, those of the next to registers.
#define MULTIPLY(begin, end, part) \
  ROLLED for (int s = begin; s < (end); s++) { \
    UNROLL for (int i = 0; i < PAIRS; i++) { \
      shared[s & 1][i * ITEMS + item] = words_of(rows.ahead[i]); \
    } \
    read_block(&rows, s + 1, item % 4 * 8); \
    COPIES_WAIT; \
    barrier(CLK_LOCAL_MEM_FENCE); \
    copy_block(ring, weights, octet, s + STAGES - 1, item); \
    __local const uint4 *slot = ring + s % STAGES * STAGE_WORDS + warp_n * TILES * 32 + lane; \
    __local const uint4 *factor = shared[s & 1] + warp_m * PAIRS * 128 + lane; \
    UNROLL for (int o = 0; o < OCTETS; o++) { \
      uint4 w[GATES]; \
      UNROLL for (int g = 0; g < GATES; g++) w[g] = slot[(o * GATES + g) * 32]; \
      UNROLL for (int t = 0; t < 2 * PAIRS; t++) { \
        const uint4 a = factor[t * 64], b = factor[t * 64 + 32]; \
        UNROLL for (int g = 0; g < GATES; g++) { \
          MMA_STEP(sum[t][o][SUM_OF(part, g)], a.x, b.x, a.y, b.y, w[g].x, w[g].y); \
        } \
        UNROLL for (int g = 0; g < GATES; g++) { \
          MMA_STEP(sum[t][o][SUM_OF(part, g)], a.z, b.z, a.w, b.w, w[g].z, w[g].w); \
        } \
      } \
    } \
  }

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void step_tile(ROW_PARAMETERS, __global const int4 *streams, const int first, const int count,
               __global int *status) {
  __local uint4 shared[2][TILE_M * 4], ring[STAGES * STAGE_WORDS];
  __local uint exchange[MMA_WORDS];
  // A launch without streams only makes the driver finish its build.
  if (count == 0) return;
  const int item = get_local_id(0), lane = item & 31;
  const int warp_m = (item >> 5) % WARPS_M, warp_n = (item >> 5) / WARPS_M;
  const int octet = (int)get_group_id(1) * (TILE_N / 8);
  const int all = count * EACH_STREAM, row = get_group_id(0) * TILE_M;
  __global const uint4 *weights = (__global const uint4 *)(WEIGHTS);
  Rows rows;
  UNROLL for (int i = 0; i < PAIRS; i++) {
    const int own = min(row + (i * ITEMS + item) / 4, all - 1);
    const int4 stream = streams[first + own / EACH_STREAM];
    rows.first[i] = FIRST_ROW(stream, own);
    rows.second[i] = SECOND_ROW(stream, own);
  }
  read_block(&rows, 0, item % 4 * 8);
  const int unit = (octet + warp_n * OCTETS) * 8 + lane % 4 * 2;
  float sum[2 * PAIRS][OCTETS][SUMS][4];
  UNROLL for (int i = 0; i < 4 * PAIRS; i++) {
    const int at = min(row + warp_m * 32 * PAIRS + i * 8 + lane / 4, all - 1);
    const int4 stream = streams[first + at / EACH_STREAM];
    UNROLL for (int o = 0; o < OCTETS; o++) {
      UNROLL for (int j = 0; j < SUMS; j++) {
        const float2 start = first_sum(ROW_ARGUMENTS, stream, at, j, unit + o * 8);
        sum[i / 2][o][j][i % 2 * 2] = start.x, sum[i / 2][o][j][i % 2 * 2 + 1] = start.y;
      }
    }
  }
  UNROLL for (int s = 0; s < STAGES - 1; s++) copy_block(ring, weights, octet, s, item);
  MULTIPLY(0, BLOCKS_1, 0)
  MULTIPLY(BLOCKS_1, BLOCKS, 1)
  UNROLL for (int i = 0; i < 4 * PAIRS; i++) {
    const int at = row + warp_m * 32 * PAIRS + i * 8 + lane / 4;
    if (at < all) {
      const int4 stream = streams[first + at / EACH_STREAM];
      UNROLL for (int o = 0; o < OCTETS; o++) {
        float2 sums[SUMS];
        UNROLL for (int j = 0; j < SUMS; j++) {
          sums[j] = (float2)(sum[i / 2][o][j][i % 2 * 2], sum[i / 2][o][j][i % 2 * 2 + 1]);
        }
        update(ROW_ARGUMENTS, stream, at, unit + o * 8, sums);
      }
    }
  }
}
