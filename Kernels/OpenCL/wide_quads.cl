// Packed weights of wide_rows.cl and wide_tiles.cl, [UNITS / 8, DEPTH / QUAD, G, 8, QUAD]: the G sums of
// eight units side by side, QUAD terms of one sum in 16 bytes. DEPTH is the product's depth rounded up to
// AHEAD · QUAD; what is added is −0, which changes no sum.
//
// QUAD: 4 for fp32, 8 for fp16 and bf16, 16 for int8. AHEAD: 16-byte loads of a work-item that are under
// way together in wide_rows.cl; AHEAD · QUAD divides SEGMENT.
// BLOCKS8: blocks of eight units that a group has.
typedef CAT(FACTOR_TYPE, 4) FACTOR4;
#define QUADS_OF(part) \
  ((DEPTH_OF(part) + AHEAD * QUAD - 1) / (AHEAD * QUAD) * AHEAD)
#define PACKED_OF(part) ((__global const uint4 *)(constants + ((part) ? W_1 : W_0)))
/// Sums of a group.
#define ROWS8 (BLOCKS8 * 8 * G)

/// Terms 4 i ... 4 i + 3 of 16 bytes of weights.
static inline float4 four_fp32(uint4 raw, int i) { return as_float4(raw); }
static inline float4 four_bf16(uint4 raw, int i) {
  return as_float4(convert_uint4(as_ushort4(i ? raw.zw : raw.xy)) << 16);
}
static inline float4 four_fp16(uint4 raw, int i) {
  const ushort4 halves = as_ushort4(i ? raw.zw : raw.xy);
  return vload_half4(0, (const half *)&halves);
}
static inline int4 four_int8(uint4 raw, int i) {
  return convert_int4(as_char4(i == 0 ? raw.x : i == 1 ? raw.y : i == 2 ? raw.z : raw.w));
}
#define FOUR(raw, i) CAT(four_, PRECISION)(raw, i)
