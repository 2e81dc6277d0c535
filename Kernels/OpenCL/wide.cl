// The words of wide kernels: a layer over all streams of a launch, G sums per unit over one or two
// products, then a cell that turns them into results.
//
//     t[g] = START[g] + Σ_k A_0[k] · W_0[k, g]  + Σ_k A_1[k] · W_1[k, g]      per stream and unit, g < G
//
// N: units. PARTS: products, 1 or 2; K_0, K_1: their depths. A_0(stream, at), A_1(stream, at): where row
// `at` of the launch's factors begins, for the list entry of its stream, at / EACH_STREAM: a stream has
// EACH_STREAM rows (1 if not given), which stand where streams do below. Bytes from `constants`
// on: W_0, W_1 packed weights; SCALE_0, SCALE_1 [G, UNITS] of int8; START [G, UNITS] ([G + 1, UNITS] if
// KEEPS). UNITS: N rounded up to whole tiles.
// KEEPS: the last sum of product 0 is kept apart, and that of product 1 begins at START[G].
// FINISH(t, kept, unit, lanes, stream, at): the cell; t[g] are VW units from `unit` on, `lanes` of
// which are below N.
// UNIT_TILE, STREAM_TILE: which tile the group has. STREAMS: streams of a tile.
// FIRST_PART: 1 where product 0 was taken before, so that X(stream, at), [G, N], is what its sums came to;
// the same bits. It has no operands then.
// Order: k in segments of SEGMENT, each in order by fma, the first from what is there on, segments added
// in order, product 0 before product 1; int8: the whole sum, exactly, then fma(sum, scale, what is
// there). It is the order of product.cl followed by gru.cl, lstm.cl or rnn.cl.
#ifndef EACH_STREAM
#define EACH_STREAM 1
#endif
#ifndef FIRST_PART
#define FIRST_PART 0
#endif
#define ROW_COUNT (count * EACH_STREAM)
#define STREAM_OF(at) streams[first + (at) / EACH_STREAM]
#define SCALE_OF(part) \
  ((__global const float *)(constants + ((part) ? SCALE_1 : SCALE_0)))
#define STARTS ((__global const float *)(constants + START))
#define DEPTH_OF(part) ((part) ? K_1 : K_0)
#define SEGMENTS_OF(part) ((DEPTH_OF(part) + SEGMENT - 1) / SEGMENT)
#define FACTORS_OF(part, stream, at) ((part) ? A_1(stream, at) : A_0(stream, at))

/// VW floats, `lanes` of which are there; 0 beyond.
static inline VF load_units(__global const float *p, int lanes) {
  if (lanes < VW) {
    float some[VW];
    for (int i = 0; i < VW; i++) some[i] = i < lanes ? p[i] : 0.0f;
    return VLOAD(some);
  }
  return VLOAD(p);
}

// What sum g of VW units begins with in row `at`.
#if FIRST_PART
#define SUM_START(g, unit, at) load_units(X(STREAM_OF(at), at) + (g) * N + (unit), N - (unit))
#else
#define SUM_START(g, unit, at) VLOAD(STARTS + (g) * UNITS + (unit))
#endif

static inline void store_units(VF v, __global float *p, int lanes) {
#if VW > 1
  if (lanes < VW) {
    float some[VW];
    VSTORE(v, some);
    for (int i = 0; i < lanes; i++) p[i] = some[i];
    return;
  }
#endif
  VSTORE(v, p);
}
