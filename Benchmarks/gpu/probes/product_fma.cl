// E9, F64. As T128 (product_mma.cl), in floats by fma: one group of 256 items takes 64 streams × 32
// units, an item 4 streams × 2 units × 4 sums. k in stages of 16, the next one held in registers
// while this one is multiplied.
//
// x: [M][K]; w: [UNITS / 32][K][gate 3][unit 32]; y: [M][UNITS], the sum of r, z, n_x and n_h.
// Order of a sum: one chain of fma, k ascending.
// Macros: UNITS, K (multiple of 32).
#define ITEMS 256

// Stage s into registers: 4 columns of one row of x; 1 or 2 times 4 of the stage's 1536 weights.
#define FETCH(s)                                                                                   \
  next_x = vload4(0, from_x + (s) * 16);                                                           \
  next_w = vload4(item, from_w + (s) * 1536);                                                      \
  if (item < 128) next_v = vload4(item + ITEMS, from_w + (s) * 1536);

#define STORE(slot)                                                                                \
  tile_x[slot][column_x][row_x] = next_x.x;                                                        \
  tile_x[slot][column_x + 1][row_x] = next_x.y;                                                    \
  tile_x[slot][column_x + 2][row_x] = next_x.z;                                                    \
  tile_x[slot][column_x + 3][row_x] = next_x.w;                                                    \
  vstore4(next_w, item, tile_w[slot]);                                                             \
  if (item < 128) vstore4(next_v, item + ITEMS, tile_w[slot]);

#define MULTIPLY(slot, N)                                                                          \
  UNROLL for (int k = 0; k < 16; k++) {                                                            \
    const float4 rows = vload4(ty, tile_x[slot][k]);                                               \
    UNROLL for (int g = 0; g < 3; g++) {                                                           \
      const float2 u = vload2(tx, tile_w[slot] + k * 96 + g * 32);                                 \
      sum_a[g == 2 ? N : g] = fma(rows, (float4)(u.x), sum_a[g == 2 ? N : g]);                     \
      sum_b[g == 2 ? N : g] = fma(rows, (float4)(u.y), sum_b[g == 2 ? N : g]);                     \
    }                                                                                              \
  }

#define STAGE(s, N)                                                                                \
  {                                                                                                \
    const int slot = (s) & 1;                                                                      \
    STORE(slot)                                                                                    \
    barrier(CLK_LOCAL_MEM_FENCE);                                                                  \
    if ((s) + 1 < K / 16) { FETCH((s) + 1) }                                                       \
    MULTIPLY(slot, N)                                                                              \
  }

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void product(__global const float *x, __global const float *w, __global float *y) {
  __local float tile_x[2][16][64], tile_w[2][1536];
  const int item = get_local_id(0), tx = item & 15, ty = item >> 4;
  const int tile = get_group_id(0) % (UNITS / 32), first = get_group_id(0) / (UNITS / 32) * 64;
  const int row_x = item >> 2, column_x = (item & 3) * 4;
  __global const float *from_x = x + (size_t)(first + row_x) * K + column_x;
  __global const float *from_w = w + (size_t)tile * K * 96;
  float4 sum_a[4], sum_b[4], next_x, next_w, next_v = 0;
  for (int g = 0; g < 4; g++) sum_a[g] = sum_b[g] = 0;
  FETCH(0)
  for (int s = 0; s < K / 32; s++) STAGE(s, 2)
  for (int s = K / 32; s < K / 16; s++) STAGE(s, 3)
  const float4 a = sum_a[0] + sum_a[1] + sum_a[2] + sum_a[3];
  const float4 b = sum_b[0] + sum_b[1] + sum_b[2] + sum_b[3];
  __global float *to = y + (size_t)(first + ty * 4) * UNITS + tile * 32 + tx * 2;
  vstore2((float2)(a.x, b.x), 0, to);
  vstore2((float2)(a.y, b.y), 0, to + UNITS);
  vstore2((float2)(a.z, b.z), 0, to + 2 * UNITS);
  vstore2((float2)(a.w, b.w), 0, to + 3 * UNITS);
}
