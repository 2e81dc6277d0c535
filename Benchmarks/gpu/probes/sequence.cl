// E7. A gated recurrent unit (reset after the product) over a whole sequence in one launch. The
// input product x[t][stream][gate][H] is there already, with biases b + c (r, z) and b (n):
//
//     r = σ(x_r + U_r h)               z = σ(x_z + U_z h)
//     n = tanh(x_n + r (c + U_n h))    h' = (1 − z) n + z h
//
// GROUPS groups own UNITS = H / GROUPS units each, OCTETS = UNITS / 8; WARPS warps of a group own
// STEPS16 = H / 16 / WARPS slices of 16 columns each. BATCH <= 16 streams are the rows of m16n8k16.
//
// weights: [GROUPS][WARPS][STEPS16][3][OCTETS][lane 32][2], words of two halves in the order of
// mma's B:
//     unit = octet · 8 + lane / 4, k = slice · 16 + word · 8 + (lane % 4) · 2
// h: [2][H / 16][lane 32][4], by step & 1, words in the order of mma's A:
//     stream = lane / 4 + (word & 1) · 8, k = slice · 16 + (word / 2) · 8 + (lane % 4) · 2
// In each half |h| <= 1 leaves bit 14 zero: there it carries (step >> 1) & 1, and a reader
// repeats until every word shows this step's bit. Before the launch h[0] holds the start with bit
// 0, h[1] all bits 1.
//
// Order of a sum: slices of a warp in ascending order, then the WARPS partial sums in order.
// WAIT_NOT: one group, which needs no inline PTX and no waiting; its only item takes every lane's
// part.
// state: [0] set when a poll took more than `bound` looks: then every group returns.
// From step silent_step on, group 0 stores nothing: the wait must end by itself.
#define TAG 0x40004000u
#define UNITS (H / GROUPS)
#define OCTETS (UNITS / 8)
#define STEPS16 (H / 16 / WARPS)
#define WORDS_H (H * 8)
#define PAIRS (BATCH * UNITS / 2)
#define PAIRS_EACH ((PAIRS + ITEMS - 1) / ITEMS)
#define PARTIALS (WARPS * 3 * OCTETS * 128)
#define PARTIAL(w, gate, unit, stream)                                                             \
  ((((w) * 3 + (gate)) * OCTETS + (unit) / 8) * 128 + (stream) * 8 + (unit) % 8)
#define TAG_OF(s) ((s) >> 1 & 1 ? TAG : 0u)

static inline float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }
static inline float tangent(float x) { return 1.0f - 2.0f / (1.0f + exp(2.0f * x)); }
static inline uint half_of(float x) {
#if PTX
  ushort bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
#else
  ushort bits;
  vstore_half_rte(x, 0, (half *)&bits);
  return bits;
#endif
}

static inline int gives_up(uint *tries, __global uint *state, const uint bound) {
  if (++*tries > bound || (*tries % 256 == 0 && POLL(state))) {
    *(__global volatile uint *)state = 1;
    return 1;
  }
  return 0;
}

#if !WAIT_NOT
#define POLL4(p, v)                                                                                \
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0,%1,%2,%3}, [%4];"                                 \
               : "=r"((v)[0]), "=r"((v)[1]), "=r"((v)[2]), "=r"((v)[3]) : "l"(p) : "memory")

/// This warp's words of h(step), waited for; 1 when waiting was given up.
static inline int wait_for(uint a[STEPS16][4], __global uint *h, __global uint *state, uint step,
                           int warp, int lane, uint bound) {
  __global uint *now = h + (step & 1) * WORDS_H + warp * STEPS16 * 128 + lane * 4;
  const uint tag = TAG_OF(step);
  uint bad, tries = 0;
  if (lane / 4 >= BATCH) {
    UNROLL for (int s = 0; s < STEPS16; s++) a[s][0] = a[s][1] = a[s][2] = a[s][3] = 0;
    return 0;
  }
  const int upper = lane / 4 + 8 < BATCH;
  do {
    bad = 0;
    UNROLL for (int s = 0; s < STEPS16; s++) POLL4(now + s * 128, a[s]);
    UNROLL for (int s = 0; s < STEPS16; s++) {
      bad |= ((a[s][0] ^ tag) | (a[s][2] ^ tag)) & TAG;
      if (upper) bad |= ((a[s][1] ^ tag) | (a[s][3] ^ tag)) & TAG;
    }
    if (bad && gives_up(&tries, state, bound)) return 1;
  } while (bad);
  UNROLL for (int s = 0; s < STEPS16; s++) {
    UNROLL for (int w = 0; w < 4; w++) a[s][w] = (w & 1) && !upper ? 0 : a[s][w] & ~TAG;
  }
  return 0;
}
#else
/// All of the product by one item: lane by lane, word by word, as mma's operands lie.
static inline int product_alone(__local float *partial, __global uint *h,
                                __global const uint *weights, __global uint *state, uint step,
                                uint bound) {
  __global uint *now = h + (step & 1) * WORDS_H;
  uint tries = 0;
  for (int i = 0; i < PARTIALS; i++) partial[i] = 0;
  for (int slice = 0; slice < H / 16; slice++) {
    const int warp = slice / STEPS16;
    for (int stream = 0; stream < BATCH; stream++) {
      for (int k = 0; k < 16; k += 2) {
        const int lane = stream % 8 * 4 + k % 8 / 2, word = stream / 8 + k / 8 * 2;
        uint pair;
        while (((pair = POLL(now + slice * 128 + lane * 4 + word)) ^ TAG_OF(step)) & TAG) {
          if (gives_up(&tries, state, bound)) return 1;
        }
        pair &= ~TAG;
        const float low = vload_half(0, (half *)&pair), high = vload_half(1, (half *)&pair);
        for (int gate = 0; gate < 3; gate++) {
          for (int unit = 0; unit < UNITS; unit++) {
            const int at = ((slice * 3 + gate) * OCTETS + unit / 8) * 64 +
                           (unit % 8 * 4 + k % 8 / 2) * 2 + k / 8;
            __local float *sum = partial + PARTIAL(warp, gate, unit, stream);
            __global const half *w = (__global const half *)(weights + at);
            *sum = fma(high, vload_half(1, w), fma(low, vload_half(0, w), *sum));
          }
        }
      }
    }
  }
  return 0;
}
#endif

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void sequence(__global const float *x, __global const uint *weights, __global const float *c,
              __global uint *h, __global const float *start, __global float *y,
              __global uint *state, const uint steps, const uint x_steps, const uint y_steps,
              const uint bound, const uint silent_step) {
  __local float partial[2][PARTIALS];
  __local uint failed[2];
  const int item = get_local_id(0), group = get_group_id(0), lane = item & 31, warp = item >> 5;
  float2 held[PAIRS_EACH];
  if (item == 0) failed[0] = failed[1] = 0;
  for (int j = 0; j < PAIRS_EACH; j++) {
    const int pair = item + j * ITEMS, stream = pair % BATCH, unit = pair / BATCH * 2;
    if (pair < PAIRS) held[j] = vload2(0, start + stream * H + group * UNITS + unit);
  }
#if !WAIT_NOT
  uint u[STEPS16][3 * OCTETS][2];
  UNROLL for (int s = 0; s < STEPS16; s++) {
    UNROLL for (int n = 0; n < 3 * OCTETS; n++) {
      const int at = (((group * WARPS + warp) * STEPS16 + s) * 3 * OCTETS + n) * 64 + lane * 2;
      u[s][n][0] = weights[at];
      u[s][n][1] = weights[at + 1];
      PIN(u[s][n][0]);
      PIN(u[s][n][1]);
    }
  }
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint step = 0; step < steps; step++) {
    __local float *sums = partial[step & 1];
    __global const float *xs = x + (size_t)(step % x_steps) * BATCH * 3 * H + group * UNITS;
    float2 ahead[PAIRS_EACH][3];
    UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
      const int pair = item + j * ITEMS, stream = pair % BATCH, unit = pair / BATCH * 2;
      for (int gate = 0; gate < 3 && pair < PAIRS; gate++) {
        ahead[j][gate] = vload2(0, xs + (stream * 3 + gate) * H + unit);
      }
    }
#if WAIT_NOT
    if (product_alone(sums, h, weights, state, step, bound)) failed[step & 1] = 1;
#else
    uint a[STEPS16][4];
    if (wait_for(a, h, state, step, warp, lane, bound)) failed[step & 1] = 1;
    float d[3 * OCTETS][4];
    UNROLL for (int n = 0; n < 3 * OCTETS; n++) d[n][0] = d[n][1] = d[n][2] = d[n][3] = 0;
    UNROLL for (int s = 0; s < STEPS16; s++) {
      UNROLL for (int n = 0; n < 3 * OCTETS; n++) {
        MMA_STEP(d[n], a[s][0], a[s][1], a[s][2], a[s][3], u[s][n][0], u[s][n][1]);
      }
    }
    UNROLL for (int n = 0; n < 3 * OCTETS; n++) {
      __local float *out = sums + (warp * 3 * OCTETS + n) * 128 + lane / 4 * 8 + lane % 4 * 2;
      vstore2((float2)(d[n][0], d[n][1]), 0, out);
      if (BATCH > 8) vstore2((float2)(d[n][2], d[n][3]), 0, out + 64);
    }
#endif
    barrier(CLK_LOCAL_MEM_FENCE);
    if (failed[step & 1]) return;
    UNROLL for (int j = 0; j < PAIRS_EACH; j++) {
      const int pair = item + j * ITEMS, stream = pair % BATCH, unit = pair / BATCH * 2;
      if (pair >= PAIRS) continue;
      float2 sum[3];
      UNROLL for (int gate = 0; gate < 3; gate++) {
        sum[gate] = 0;
        for (int w = 0; w < WARPS; w++) {
          sum[gate] += vload2(0, sums + PARTIAL(w, gate, unit, stream));
        }
      }
      const int first = group * UNITS + unit;
      const float2 r_in = ahead[j][0] + sum[0], z_in = ahead[j][1] + sum[1];
      const float2 r = (float2)(sigmoid(r_in.x), sigmoid(r_in.y));
      const float2 z = (float2)(sigmoid(z_in.x), sigmoid(z_in.y));
      const float2 n_in = ahead[j][2] + r * (vload2(0, c + first) + sum[2]);
      const float2 n = (float2)(tangent(n_in.x), tangent(n_in.y));
      held[j] = (1.0f - z) * n + z * held[j];
      const int lane_h = stream % 8 * 4 + first % 8 / 2, word = stream / 8 + first % 16 / 8 * 2;
      const uint next = half_of(held[j].x) | half_of(held[j].y) << 16;
      __global volatile uint *to = h + ((step + 1) & 1) * WORDS_H + first / 16 * 128;
      if (group != 0 || step < silent_step) {
        to[lane_h * 4 + word] = (next & ~TAG) | TAG_OF(step + 1);
      }
      vstore2(held[j], 0, y + ((size_t)(step % y_steps) * BATCH + stream) * H + first);
    }
  }
}

// One step, an item per unit and stream; no waiting. dense: [3][H (k)][H (unit)] halves; h and
// next: [BATCH][H]. Order of a sum: k ascending.
__kernel void one_step(__global const float *x, __global const half *dense, __global const float *c,
                   __global const float *h, __global float *next) {
  const int unit = get_global_id(0) % H, stream = get_global_id(0) / H;
  float sum[3] = {0, 0, 0};
  for (int k = 0; k < H; k++) {
    uint bits = half_of(h[stream * H + k]);
    const float value = vload_half(0, (half *)&bits);
    for (int gate = 0; gate < 3; gate++) {
      sum[gate] = fma(value, vload_half((gate * H + k) * H + unit, dense), sum[gate]);
    }
  }
  __global const float *xs = x + stream * 3 * H + unit;
  const float r = sigmoid(xs[0] + sum[0]), z = sigmoid(xs[H] + sum[1]);
  const float n = tangent(xs[2 * H] + r * (c[unit] + sum[2]));
  next[stream * H + unit] = (1.0f - z) * n + z * h[stream * H + unit];
}
