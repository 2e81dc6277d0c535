// A layer's step for few rows, by matrix instructions: one warp a group carries STREAMS rows of
// streams (8 or 16) through OCTETS <= ⌈N / 8⌉ octets of units. All a lane needs of a block it copies
// itself, STAGES blocks ahead, so there is no barrier; rows are rounded to 16 bits when they are
// read.
//
// Group (i, j) of ⌈count · EACH_STREAM / STREAMS⌉ x ⌈⌈N / 8⌉ / OCTETS⌉ groups of 32 items (ITEMS):
// rows i · STREAMS …, octets j · OCTETS …
// Local memory: STAGES · 512 · (STREAMS / 4 + OCTETS · GATES) bytes.
// Order of a sum: matrix.cl; first row, then second.
// Written before: prelude.cl, functions.cl of width 2, matrix.cl, matrix_layout.cl, matrix_cells.cl
// and their macros.
#define ITEMS_OF_ROWS (STREAMS / 4)
#define TILES (OCTETS * GATES)

/// Of a lane's two places (bit i of `used`: there is a stream): first and second rows.
typedef struct { __global const float *first[2], *second[2]; int used; } Rows;

/// Copies block `s` of this lane's rows and columns. A row without a stream is 0.
static inline void copy_block(__local uint4 *ring, const Rows *rows, __global const uint4 *weights,
                              int s, int lane) {
  __local uint4 *slot = ring + s % STAGES * (ITEMS_OF_ROWS + TILES) * 32 + lane;
  if (s < BLOCKS) {
    const int second = s >= BLOCKS_1;
    const int length = second ? K2 : K1, k = (second ? s - BLOCKS_1 : s) * 32 + lane % 4 * 8;
    UNROLL for (int i = 0; i < ITEMS_OF_ROWS; i++) {
      __global const float *row = second ? rows->second[i / 2] : rows->first[i / 2];
      const int at = k + i % 2 * 4;
      const int bytes = rows->used >> i / 2 & 1 ? clamp(length - at, 0, 4) * 4 : 0;
      COPY_ROW16(slot + i * 32, row + (bytes ? at : 0), bytes);
    }
    UNROLL for (int o = 0; o < OCTETS; o++) {
      UNROLL for (int g = 0; g < GATES; g++) {
        COPY16(slot + (ITEMS_OF_ROWS + o * GATES + g) * 32,
               weights + ((size_t)(o * BLOCKS + s) * GATES + g) * 32, 16);
      }
    }
  }
  COPIES_END;
}

/// Eight values of a row as 16-bit words.
static inline uint4 words_of(__local const uint4 *low, __local const uint4 *high) {
  const float4 a = as_float4(*low), b = as_float4(*high);
  return (uint4)(pair_of(a.x, a.y), pair_of(a.z, a.w), pair_of(b.x, b.y), pair_of(b.z, b.w));
}

#define MULTIPLY(begin, end, part) \
  ROLLED for (int s = begin; s < (end); s++) { \
    COPIES_WAIT; \
    __local const uint4 *slot = ring + s % STAGES * (ITEMS_OF_ROWS + TILES) * 32 + lane; \
    const uint4 a = words_of(slot, slot + 32); \
    const uint4 b = STREAMS > 8 ? words_of(slot + 64, slot + 96) : (uint4)(0); \
    uint4 w[OCTETS][GATES]; \
    UNROLL for (int i = 0; i < TILES; i++) { \
      w[i / GATES][i % GATES] = slot[(ITEMS_OF_ROWS + i) * 32]; \
    } \
    copy_block(ring, &rows, weights, s + STAGES - 1, lane); \
    UNROLL for (int o = 0; o < OCTETS; o++) { \
      UNROLL for (int g = 0; g < GATES; g++) { \
        MMA_STEP(sum[o][SUM_OF(part, g)], a.x, b.x, a.y, b.y, w[o][g].x, w[o][g].y); \
      } \
    } \
    UNROLL for (int o = 0; o < OCTETS; o++) { \
      UNROLL for (int g = 0; g < GATES; g++) { \
        MMA_STEP(sum[o][SUM_OF(part, g)], a.z, b.z, a.w, b.w, w[o][g].z, w[o][g].w); \
      } \
    } \
  }

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void step_few(ROW_PARAMETERS, __global const int4 *streams, const int first, const int count,
              __global int *status) {
  __local uint4 ring[STAGES * (ITEMS_OF_ROWS + TILES) * 32];
  __local uint exchange[MMA_WORDS];
  // A launch without streams only makes the driver finish its build.
  if (count == 0) return;
  const int item = get_local_id(0), lane = item;
  // The last tile is moved back to end with the units; it stores only its own.
  const int own_octet = (int)get_group_id(1) * OCTETS;
  const int octet = min(own_octet, OCTET_COUNT - OCTETS);
  const int all = count * EACH_STREAM, row = get_group_id(0) * STREAMS + lane / 4;
  __global const uint4 *weights =
      (__global const uint4 *)(WEIGHTS) + (size_t)octet * BLOCKS * GATES * 32 + lane;
  Rows rows;
  rows.used = 0;
  UNROLL for (int i = 0; i < 2; i++) {
    const int own = min(row + 8 * i, all - 1);
    const int4 stream = streams[first + own / EACH_STREAM];
    rows.first[i] = FIRST_ROW(stream, own);
    rows.second[i] = SECOND_ROW(stream, own);
    rows.used |= (row + 8 * i < all) << i;
  }
  float sum[OCTETS][SUMS][4];
  UNROLL for (int i = 0; i < 2; i++) {
    const int own = min(row + 8 * i, all - 1);
    const int4 stream = streams[first + own / EACH_STREAM];
    UNROLL for (int o = 0; o < OCTETS; o++) {
      const int unit = (octet + o) * 8 + lane % 4 * 2;
      UNROLL for (int j = 0; j < SUMS; j++) {
        const float2 start = first_sum(ROW_ARGUMENTS, stream, own, j, unit);
        sum[o][j][2 * i] = start.x, sum[o][j][2 * i + 1] = start.y;
      }
    }
  }
  UNROLL for (int s = 0; s < STAGES - 1; s++) copy_block(ring, &rows, weights, s, lane);
  MULTIPLY(0, BLOCKS_1, 0)
  MULTIPLY(BLOCKS_1, BLOCKS, 1)
  UNROLL for (int i = 0; i < STREAMS / 8; i++) {
    if (rows.used >> i & 1) {
      const int own = row + 8 * i;
      const int4 stream = streams[first + own / EACH_STREAM];
      UNROLL for (int o = 0; o < OCTETS; o++) {
        float2 sums[SUMS];
        UNROLL for (int j = 0; j < SUMS; j++) {
          sums[j] = (float2)(sum[o][j][2 * i], sum[o][j][2 * i + 1]);
        }
        if (octet + o < own_octet) continue;
        update(ROW_ARGUMENTS, stream, own, (octet + o) * 8 + lane % 4 * 2, sums);
      }
    }
  }
}
