// E1. One instruction each, by one group of 32 items: x[4096] words in, y[256] words out, checked
// by the host. Exactly one of the macros below is defined.
//
// MMA_F16, MMA_BF16   y = A B (floats, 16 × 8) with A[16][16] at x, B[8][16] (columns) at x + 128
// LDMATRIX, CP_ASYNC  a copy of x[0…127] through local memory, 4 words an item
// LD_RELAXED, LD_RELAXED_V4, LD_B128, POLICY   a copy of x by that load
// SHFL                y[i] = x[i ^ 1]
// DP4A                y[i] = Σ of 4 products of signed bytes of x[i], x[i + 32], plus 7
// WARP_BARRIER        y[i] = x[31 − i] through local memory, ordered by bar.warp.sync
// HALF                y[i] = bits of the half square of x's half i
// LOCAL_BYTES n       y[i] = Σ of a static local array of that size, filled with x by other items
// ARGUMENT_BYTES n    y[i] = Σ of a structure of that size passed by value, words i, i + 32, …
#if MMA_F16 || MMA_BF16
#if MMA_F16
#define KIND "f16"
#else
#define KIND "bf16"
#endif
__kernel __attribute__((reqd_work_group_size(32, 1, 1)))
void test(__global const uint *x, __global float *y) {
  const int lane = get_local_id(0), g = lane >> 2, t = lane & 3;
  __global const uint *b = x + 128;
  float d0 = 0, d1 = 0, d2 = 0, d3 = 0;
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." KIND "." KIND ".f32 "
               "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d0), "+f"(d1), "+f"(d2), "+f"(d3)
               : "r"(x[g * 8 + t]), "r"(x[(g + 8) * 8 + t]), "r"(x[g * 8 + t + 4]),
                 "r"(x[(g + 8) * 8 + t + 4]), "r"(b[g * 8 + t]), "r"(b[g * 8 + t + 4]));
  y[g * 8 + 2 * t] = d0;
  y[g * 8 + 2 * t + 1] = d1;
  y[(g + 8) * 8 + 2 * t] = d2;
  y[(g + 8) * 8 + 2 * t + 1] = d3;
}
#elif LDMATRIX
// The four 8 × 8 matrices of a 16 × 16 tile of halves; y gets each lane's four words.
__kernel __attribute__((reqd_work_group_size(32, 1, 1)))
void test(__global const uint *x, __global uint *y) {
  __local uint tile[128] __attribute__((aligned(16)));
  const int lane = get_local_id(0);
  for (int i = lane; i < 128; i += 32) tile[i] = x[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  __local uint *row = tile + (lane & 15) * 8 + (lane >> 4) * 4;
  uint w0, w1, w2, w3;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(w0), "=r"(w1), "=r"(w2), "=r"(w3) : "l"(row) : "memory");
  vstore4((uint4)(w0, w1, w2, w3), lane, y);
}
#elif CP_ASYNC
__kernel __attribute__((reqd_work_group_size(32, 1, 1)))
void test(__global const uint *x, __global uint *y) {
  __local uint tile[128] __attribute__((aligned(16)));
  const int lane = get_local_id(0);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;\n\tcp.async.commit_group;\n\t"
               "cp.async.wait_group 0;"
               : : "r"((uint)(size_t)(tile + lane * 4)), "l"(x + lane * 4) : "memory");
  barrier(CLK_LOCAL_MEM_FENCE);
  vstore4(vload4(31 - lane, tile), 31 - lane, y);
}
#elif LD_RELAXED_V4
__kernel void test(__global const uint *x, __global uint *y) {
  const int lane = get_local_id(0);
  uint w0, w1, w2, w3;
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(w0), "=r"(w1), "=r"(w2), "=r"(w3) : "l"(x + lane * 4) : "memory");
  vstore4((uint4)(w0, w1, w2, w3), lane, y);
}
#elif LD_B128
__kernel void test(__global const uint *x, __global ulong *y) {
  const int lane = get_local_id(0);
  ulong low, high;
  asm volatile("{ .reg .b128 w; ld.relaxed.gpu.global.b128 w, [%2]; mov.b128 {%0,%1}, w; }"
               : "=l"(low), "=l"(high) : "l"(x + lane * 4) : "memory");
  vstore2((ulong2)(low, high), lane, y);
}
#elif LOCAL_BYTES
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void test(__global const uint *x, __global uint *y) {
  __local uint data[LOCAL_BYTES / 4];
  const int item = get_local_id(0);
  for (int i = item; i < LOCAL_BYTES / 4; i += 256) data[i] = x[i % 1024] + i;
  barrier(CLK_LOCAL_MEM_FENCE);
  uint sum = 0;
  for (int i = 255 - item; i < LOCAL_BYTES / 4; i += 256) sum += data[i] * (uint)(i | 1);
  y[item] = sum;
}
#elif ARGUMENT_BYTES
typedef struct { uint words[ARGUMENT_BYTES / 4]; } Block;
__kernel void test(const Block block, __global uint *y) {
  const int lane = get_local_id(0);
  uint sum = 0;
  for (int i = lane; i < ARGUMENT_BYTES / 4; i += 32) sum += block.words[i];
  y[lane] = sum;
}
#else
__kernel void test(__global const uint *x, __global uint *y) {
  const int lane = get_local_id(0);
  uint value = x[lane];
#if LD_RELAXED
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(x + lane) : "memory");
#elif POLICY
  asm volatile("{ .reg .b64 p; createpolicy.fractional.L2::evict_last.b64 p, 1.0; "
               "ld.global.L2::cache_hint.u32 %0, [%1], p; }"
               : "=r"(value) : "l"(x + lane) : "memory");
#elif SHFL
  asm volatile("shfl.sync.bfly.b32 %0, %0, 1, 0x1f, 0xffffffff;" : "+r"(value));
#elif DP4A
  asm volatile("dp4a.s32.s32 %0, %1, %2, 7;" : "=r"(value) : "r"(x[lane]), "r"(x[lane + 32]));
#elif WARP_BARRIER
  __local volatile uint shared[32];
  shared[lane] = value;
  asm volatile("bar.warp.sync 0xffffffff;" : : : "memory");
  value = shared[31 - lane];
#elif HALF
  const half h = ((__global const half *)x)[lane];
  ((__global half *)y)[lane] = h * h;
#endif
#if !HALF
  y[lane] = value;
#endif
}
#endif
