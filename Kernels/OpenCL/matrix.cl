// The words of kernels with matrix instructions. One instruction, by the 32 work-items of a warp:
//
//     D[16][8] += A[16][16] B[8][16]ᵀ     A: rows of streams, B: columns of outputs; D in float
//
// A block is 32 values of a row along k. Lane 4 g + t of a warp holds the values k = 8 t … 8 t + 7
// of rows g and g + 8 of A and of column g of B, 4 words of two each (the lower k in the lower
// half), and of D rows g and g + 8 at columns 2 t and 2 t + 1. Two instructions take a block: the
// first the words x and y of every lane, so the k with k % 8 < 4, the second z and w, the others.
//
// Order of a sum: blocks ascending, in a block the two instructions in order, on what came before.
// Within an instruction the device has its own order; the plain form adds x of lanes t = 0 … 3,
// then y, by fma. The two differ by at most 16 roundings of 2^-23 of the largest partial sum an
// instruction.
//
// PTX: 1 where inline PTX with these instructions compiles (sm_80), else the plain form, which
//      exchanges words through local memory and is for checking.
// BF16: values are bf16, else fp16.
// STAGES: copies in flight, 2, 3, 4, 6, 8, 12 or 16 stages with the one in use.
// ALIGNED: rows of floats begin at multiples of 16 bytes.
#ifndef PTX
#define PTX 0
#endif
#ifndef BF16
#define BF16 0
#endif
#ifndef ALIGNED
#define ALIGNED 1
#endif

// UNROLL stands before loops whose arrays must lie in registers, ROLLED before those that must stay
// loops. PIN(x) holds a word in its register.
#if PTX
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("nounroll")
#define PIN(x) asm volatile("" : "+r"(x))
#else
#define UNROLL
#define ROLLED
#define PIN(x)
#endif

// MMA_STEP(d, a0, a1, a2, a3, b0, b1): a0, a2 of row g, a1, a3 of row g + 8. All items of a group
// call it together; `exchange` is local, MMA_WORDS words long, and `item` the work-item.
#if PTX
#define MMA_WORDS 1
#if BF16
#define MMA_KIND "bf16.bf16"
#define ROUND_PAIR "cvt.rn.bf16x2.f32 %0, %1, %2;"
#else
#define MMA_KIND "f16.f16"
#define ROUND_PAIR "cvt.rn.f16x2.f32 %0, %1, %2;"
#endif
#define MMA_STEP(d, a0, a1, a2, a3, b0, b1) \
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." MMA_KIND ".f32 " \
               "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};" \
               : "+f"((d)[0]), "+f"((d)[1]), "+f"((d)[2]), "+f"((d)[3]) \
               : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1))

/// Two values rounded to nearest even.
static inline uint pair_of(float low, float high) {
  uint word;
  asm(ROUND_PAIR : "=r"(word) : "f"(high), "f"(low));
  return word;
}
#else
#define MMA_WORDS (ITEMS * 6)

static inline float value_of(uint word, int high) {
#if BF16
  return as_float(high ? word & 0xffff0000u : word << 16);
#else
  return vload_half(high, (const half *)&word);
#endif
}

static inline uint pair_of(float low, float high) {
#if BF16
  uint2 bits = as_uint2((float2)(low, high));
  bits += (uint2)(0x7fffu) + (bits >> 16 & 1u);
  bits.x = low == low ? bits.x : 0x7fc00000u;
  bits.y = high == high ? bits.y : 0x7fc00000u;
  return bits.x >> 16 | (bits.y & 0xffff0000u);
#else
  uint word = 0;
  vstore_half_rte(low, 0, (half *)&word);
  vstore_half_rte(high, 1, (half *)&word);
  return word;
#endif
}

/// One instruction for a lane; `words` are those of its warp, 6 a lane.
static inline void mma_plain(float *d, __local const uint *words, int lane) {
  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 16; k++) {
      __local const uint *row = words + ((lane >> 2) * 4 + (k >> 1 & 3)) * 6;
      __local const uint *column = words + ((lane % 4 * 2 + (i & 1)) * 4 + (k >> 1 & 3)) * 6;
      const uint a = row[(k >> 3) * 2 + (i >> 1)], b = column[4 + (k >> 3)];
      d[i] = fma(value_of(a, k & 1), value_of(b, k & 1), d[i]);
    }
  }
}

#define MMA_STEP(d, a0, a1, a2, a3, b0, b1) \
  { \
    __local uint *own = exchange + item * 6; \
    own[0] = a0, own[1] = a1, own[2] = a2, own[3] = a3, own[4] = b0, own[5] = b1; \
    barrier(CLK_LOCAL_MEM_FENCE); \
    mma_plain(d, exchange + (item & ~31) * 6, item & 31); \
    barrier(CLK_LOCAL_MEM_FENCE); \
  }
#endif

// COPY16(to, from, bytes): 16 bytes from global to local memory, zeros from `bytes` on (a multiple
// of 4); COPY_ROW16 the same where `from` may lie at any float. Copies up to a COPIES_END are one
// group; COPIES_WAIT holds until this item's own copies of all but the last STAGES - 2 groups are
// there.
#if PTX
#define COPY16(to, from, bytes) \
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" \
               : : "r"((uint)(size_t)(to)), "l"(from), "r"(bytes) : "memory")
#define COPY4(to, from, bytes) \
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" \
               : : "r"((uint)(size_t)(to)), "l"(from), "r"(bytes) : "memory")
#define COPIES_END asm volatile("cp.async.commit_group;" : : : "memory")
#define COPIES_PENDING_2 "0"
#define COPIES_PENDING_3 "1"
#define COPIES_PENDING_4 "2"
#define COPIES_PENDING_6 "4"
#define COPIES_PENDING_8 "6"
#define COPIES_PENDING_12 "10"
#define COPIES_PENDING_16 "14"
#define COPIES_PENDING_(stages) COPIES_PENDING_##stages
#define COPIES_PENDING(stages) COPIES_PENDING_(stages)
#define COPIES_WAIT \
  asm volatile("cp.async.wait_group " COPIES_PENDING(STAGES) ";" : : : "memory")
#if ALIGNED
#define COPY_ROW16 COPY16
#else
#define COPY_ROW16(to, from, bytes) \
  UNROLL for (int w = 0; w < 4; w++) { \
    COPY4((__local uint *)(to) + w, (from) + w, clamp((bytes) - 4 * w, 0, 4)); \
  }
#endif
#else
#define COPY16(to, from, bytes) (*(to) = words_at((__global const uint *)(from), bytes))
static inline uint4 words_at(__global const uint *from, int bytes) {
  return (uint4)(bytes > 0 ? from[0] : 0, bytes > 4 ? from[1] : 0, bytes > 8 ? from[2] : 0,
                 bytes > 12 ? from[3] : 0);
}
#define COPY_ROW16 COPY16
#define COPIES_END
#define COPIES_WAIT
#endif
