// E9, T128. The products of a fused step for many streams, without the gates: for the rows
// x[M][K] = (frame, state) of halves and the weights w of three gates, K / 2 columns each part,
//
//     y[m][unit] = Σ over the four sums r, z, n_x, n_h, where r and z run over all K, n_x over the
//                  first half, n_h over the second
//
// One group of 512 items: 128 streams × 64 units; warp (wm, wn): 32 streams × 16 units, 64 sums
// an item. k in stages of 32, STAGES of them in flight by cp.async: x as 128 rows of 4 chunks of
// 16 bytes, chunk c of row r at c ^ ((r / 2) & 3), which ldmatrix reads without bank conflicts;
// weights as packed.
// weights: [UNITS / 64][K / 32][octet 8][gate 3][lane 32][4], words of two halves:
//     unit = octet · 8 + lane / 4, k = (word / 2) · 16 + (word & 1) · 8 + (lane % 4) · 2
// Order of a sum: one chain of m16n8k16, k ascending.
// Macros: UNITS, K, STAGES (2, 4 or 6).
#if STAGES == 2
#define WAIT "0"
#elif STAGES == 4
#define WAIT "2"
#else
#define WAIT "4"
#endif
#define STAGE_A 8192
#define STAGE_B 12288

#define COPY16(to, from)                                                                           \
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"(to), "l"(from) : "memory")
#define LOAD_MATRIX(v, address)                                                                    \
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"                     \
               : "=r"((v)[0]), "=r"((v)[1]), "=r"((v)[2]), "=r"((v)[3]) : "r"(address) : "memory")

#define FETCH(s)                                                                                   \
  {                                                                                                \
    const int at_k = (s);                                                                          \
    if (at_k < K / 32) {                                                                           \
      const uint slot = (uint)(at_k % STAGES);                                                     \
      COPY16(local_a + slot * STAGE_A + to_a, from_a + at_k * 32);                                 \
      __global const uint *from = from_b + (size_t)at_k * (STAGE_B / 4);                           \
      COPY16(local_b + slot * STAGE_B + item * 16, from + item * 4);                               \
      if (item < 256) {                                                                            \
        COPY16(local_b + slot * STAGE_B + (item + 512) * 16, from + (item + 512) * 4);             \
      }                                                                                            \
    }                                                                                              \
    asm volatile("cp.async.commit_group;" : : : "memory");                                         \
  }

// One stage: 2 row tiles × 2 octets × 3 gates × 2 slices; the third gate sums into N.
#define MULTIPLY(s, N)                                                                             \
  {                                                                                                \
    const uint slot = (uint)((s) % STAGES);                                                        \
    uint4 b[2][3];                                                                                 \
    UNROLL for (int o = 0; o < 2; o++) {                                                           \
      UNROLL for (int g = 0; g < 3; g++) {                                                         \
        b[o][g] = tile_b[slot * (STAGE_B / 16) + ((wn * 2 + o) * 3 + g) * 32 + lane];              \
      }                                                                                            \
    }                                                                                              \
    UNROLL for (int half_k = 0; half_k < 2; half_k++) {                                            \
      uint a[2][4];                                                                                \
      UNROLL for (int t = 0; t < 2; t++) {                                                         \
        const int row = wm * 32 + t * 16 + (lane & 15), chunk = half_k * 2 + (lane >> 4);          \
        LOAD_MATRIX(a[t], local_a + slot * STAGE_A + row * 64 + ((chunk ^ (row / 2 & 3)) * 16));   \
      }                                                                                            \
      UNROLL for (int g = 0; g < 3; g++) {                                                         \
        UNROLL for (int t = 0; t < 2; t++) {                                                       \
          UNROLL for (int o = 0; o < 2; o++) {                                                     \
            const uint b0 = half_k ? b[o][g].z : b[o][g].x, b1 = half_k ? b[o][g].w : b[o][g].y;   \
            MMA_STEP(sum[t][o][g == 2 ? N : g], a[t][0], a[t][1], a[t][2], a[t][3], b0, b1);       \
          }                                                                                        \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }

#define STAGE(s, N)                                                                                \
  asm volatile("cp.async.wait_group " WAIT ";" : : : "memory");                                    \
  barrier(CLK_LOCAL_MEM_FENCE);                                                                    \
  FETCH((s) + STAGES - 1)                                                                          \
  MULTIPLY(s, N)

__kernel __attribute__((reqd_work_group_size(512, 1, 1)))
void product(__global const ushort *x, __global const uint *w, __global float *y) {
  __local uint4 tile_a[STAGES * STAGE_A / 16], tile_b[STAGES * STAGE_B / 16];
  const int item = get_local_id(0), lane = item & 31, wm = item >> 5 & 3, wn = item >> 7;
  const int tile = get_group_id(0) % (UNITS / 64), first = get_group_id(0) / (UNITS / 64) * 128;
  const uint local_a = (uint)(size_t)tile_a, local_b = (uint)(size_t)tile_b;
  const int row_a = item >> 2, chunk_a = item & 3;
  const uint to_a = row_a * 64 + ((chunk_a ^ (row_a / 2 & 3)) * 16);
  __global const ushort *from_a = x + (size_t)(first + row_a) * K + chunk_a * 8;
  __global const uint *from_b = w + (size_t)tile * (K / 32) * (STAGE_B / 4);
  float sum[2][2][4][4];
  UNROLL for (int i = 0; i < 64; i++) sum[i >> 5][i >> 4 & 1][i >> 2 & 3][i & 3] = 0;
  UNROLL for (int s = 0; s < STAGES - 1; s++) FETCH(s)
#pragma unroll 1
  for (int s = 0; s < K / 64; s++) { STAGE(s, 2) }
#pragma unroll 1
  for (int s = K / 64; s < K / 32; s++) { STAGE(s, 3) }
  UNROLL for (int t = 0; t < 2; t++) {
    UNROLL for (int o = 0; o < 2; o++) {
      UNROLL for (int i = 0; i < 4; i++) {
        const int row = first + wm * 32 + t * 16 + (lane >> 2) + (i >> 1) * 8;
        const int unit = tile * 64 + (wn * 2 + o) * 8 + (lane & 3) * 2 + (i & 1);
        y[(size_t)row * UNITS + unit] =
            sum[t][o][0][i] + sum[t][o][1][i] + sum[t][o][2][i] + sum[t][o][3][i];
      }
    }
  }
}
