// E6. The product D[16][8] = A[16][K] B[8][K]ᵀ of halves with sums in float, by one chain of
// m16n8k16 over ascending k; and how fast those instructions are.
//
// Lane 4 g + t holds, as (row, word of two halves) or (row, column):
//     A (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)    B (g, t), (g, t + 4)
//     D (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)
// Without PTX: the same sums by fma, k singly in ascending order.
// Macros: K (multiple of 16); CHAINS: independent sums of a warp in `rate`.
#ifndef K
#define K 16
#endif
#ifndef CHAINS
#define CHAINS 1
#endif

__kernel void tile(__global const uint *a, __global const uint *b, __global float *d) {
  const int lane = get_local_id(0), g = lane >> 2, t = lane & 3;
#if PTX
  float sum[4] = {0, 0, 0, 0};
  for (int k = 0; k < K / 2; k += 8) {
    MMA_STEP(sum, a[g * (K / 2) + k + t], a[(g + 8) * (K / 2) + k + t],
             a[g * (K / 2) + k + t + 4], a[(g + 8) * (K / 2) + k + t + 4],
             b[g * (K / 2) + k + t], b[g * (K / 2) + k + t + 4]);
  }
  d[g * 8 + 2 * t] = sum[0];
  d[g * 8 + 2 * t + 1] = sum[1];
  d[(g + 8) * 8 + 2 * t] = sum[2];
  d[(g + 8) * 8 + 2 * t + 1] = sum[3];
#else
  for (int i = 0; i < 4; i++) {
    const int row = g + i / 2 * 8, column = 2 * t + i % 2;
    float sum = 0;
    for (int k = 0; k < K; k++) {
      sum = fma(vload_half(row * K + k, (__global const half *)a),
                vload_half(column * K + k, (__global const half *)b), sum);
    }
    d[row * 8 + column] = sum;
  }
#endif
}

#if PTX
// `turns` rounds of CHAINS independent chains; cycles[0] of the first warp.
__kernel void rate(__global const uint *x, __global float *y, __global uint *cycles,
                   const uint turns) {
  const int lane = get_local_id(0) & 31;
  const uint a0 = x[lane], a1 = x[lane + 32], a2 = x[lane + 64], a3 = x[lane + 96];
  const uint b0 = x[lane + 128], b1 = x[lane + 160];
  float sum[CHAINS][4];
  UNROLL for (int c = 0; c < CHAINS; c++) sum[c][0] = sum[c][1] = sum[c][2] = sum[c][3] = 0;
  const ulong start = CYCLES();
  for (uint turn = 0; turn < turns; turn++) {
    UNROLL for (int c = 0; c < CHAINS; c++) MMA_STEP(sum[c], a0, a1, a2, a3, b0, b1);
  }
  if (get_global_id(0) == 0) cycles[0] = (uint)(CYCLES() - start);
  float total = 0;
  UNROLL for (int c = 0; c < CHAINS; c++) total += sum[c][0] + sum[c][1] + sum[c][2] + sum[c][3];
  y[get_global_id(0)] = total;
}
#endif
