// A wide layer (wide.cl) for many streams, bound by its products: a group has STREAMS streams and
// BLOCKS8 · 8 units, a work-item TS streams and TU units with their G sums in registers; 16 terms at a
// time pass through local memory while the next are read from global memory. Weights: wide_quads.cl.
//
// LSZ: STREAMS / TS · BLOCKS8 · 8 / TU, dividing STREAMS · 4. TS: 1, 2, 4 or 8; TU: 1, 2, 4 or 8.
// Local memory: 128 · (STREAMS + 4 + BLOCKS8 · GAP) bytes. GAP: words of eight units' sums, whose odd
// number of eighths keeps the work-items of a warp in different banks.
#define TERMS 16
#define A_GAP (STREAMS + 4)
#define GAP (G % 2 ? G * 8 : G * 8 + 8)
#define B_GAP (BLOCKS8 * GAP)
#define A_LOADS (STREAMS * (TERMS / 4) / LSZ)
/// 16-byte loads of a group's weights for 16 terms.
#define B_COUNT (ROWS8 * (TERMS / QUAD))
#define B_LOADS ((B_COUNT + LSZ - 1) / LSZ)
typedef CAT(FACTOR_TYPE, TS) FACTOR_S;
typedef CAT(FACTOR_TYPE, TU) FACTOR_U;

/// Four factors from term k on, 0 beyond the depth.
static inline float4 four_factors(__global const float *a, int k, int depth) {
#if ALIGNED
  if (k + 4 <= depth) return *(__global const float4 *)(a + k);
#endif
  return (float4)(
      k < depth ? a[k] : 0.0f, k + 1 < depth ? a[k + 1] : 0.0f, k + 2 < depth ? a[k + 2] : 0.0f,
      k + 3 < depth ? a[k + 3] : 0.0f);
}

__kernel __attribute__((reqd_work_group_size(LSZ, 1, 1))) void NAME(ARGUMENTS) {
  if (count == 0) return;
  __local FACTOR_TYPE a_terms[2 * TERMS * A_GAP] __attribute__((aligned(16)));
  __local FACTOR_TYPE b_terms[2 * TERMS * B_GAP] __attribute__((aligned(16)));
#if QUANTIZED
  __local int largest[STREAMS];
#endif
  const int own_unit = LID % (BLOCKS8 * 8 / TU) * TU, own_stream = LID / (BLOCKS8 * 8 / TU) * TS;
  const int unit = UNIT_TILE * BLOCKS8 * 8 + own_unit;
  const int at = STREAM_TILE * STREAMS + own_stream;
  float total[TS][TU][G], kept[TS][TU];
#pragma unroll
  for (int i = 0; i < TS; i++) {
#pragma unroll
    for (int j = 0; j < TU; j++) {
#pragma unroll
      for (int g = 0; g < G; g++) {
        total[i][j][g] = SUM_START(g, unit + j, min(at + i, ROW_COUNT - 1));
      }
      kept[i][j] = 0.0f;
    }
  }
  for (int part = FIRST_PART; part < PARTS; part++) {
    const int depth = DEPTH_OF(part), quads = QUADS_OF(part);
    __global const uint4 *weights =
        PACKED_OF(part) + (ulong)UNIT_TILE * BLOCKS8 * quads * G * 8;
    __global const float *rows[A_LOADS];
    float inverse[A_LOADS];
#pragma unroll
    for (int l = 0; l < A_LOADS; l++) {
      const int place = min(STREAM_TILE * STREAMS + (LID + l * LSZ) / (TERMS / 4), ROW_COUNT - 1);
      rows[l] = FACTORS_OF(part, STREAM_OF(place), place);
      inverse[l] = 1.0f;
    }
#if QUANTIZED
    BARRIER
    for (int i = LID; i < STREAMS; i += LSZ) largest[i] = 0;
    BARRIER
#pragma unroll
    for (int l = 0; l < A_LOADS; l++) {
      int own = 0;
      for (int k = LID % (TERMS / 4); k < depth; k += TERMS / 4) {
        own = max(own, MAGNITUDE(rows[l][k]));
      }
      atomic_max(&largest[(LID + l * LSZ) / (TERMS / 4)], own);
    }
    BARRIER
#pragma unroll
    for (int l = 0; l < A_LOADS; l++) {
      inverse[l] = INVERSE_SCALE(largest[(LID + l * LSZ) / (TERMS / 4)]);
    }
#endif
#if KEEPS
    if (part == 1) {
#pragma unroll
      for (int i = 0; i < TS; i++) {
#pragma unroll
        for (int j = 0; j < TU; j++) {
          kept[i][j] = total[i][j][G - 1];
          total[i][j][G - 1] = STARTS[G * UNITS + unit + j];
        }
      }
    }
#endif
    FACTOR_TYPE sum[TS][TU][G];
    float4 a_next[A_LOADS];
    uint4 b_next[B_LOADS];
    const int tiles = (depth + TERMS - 1) / TERMS;
    for (int tile = -1; tile < tiles; tile++) {
      // The next 16 terms are under way while those at hand are summed.
      if (tile + 1 < tiles) {
#pragma unroll
        for (int l = 0; l < A_LOADS; l++) {
          const int k = (tile + 1) * TERMS + LID % (TERMS / 4) * 4;
          a_next[l] = four_factors(rows[l], k, depth);
        }
#pragma unroll
        for (int l = 0; l < B_LOADS; l++) {
          const int e = min(LID + l * LSZ, B_COUNT - 1);
          const int block = e / (G * 8) / (TERMS / QUAD), quad = e / (G * 8) % (TERMS / QUAD);
          b_next[l] = weights
              [(block * quads + (tile + 1) * (TERMS / QUAD) + quad) * (G * 8) + e % (G * 8)];
        }
      }
      if (tile >= 0) {
        if (tile % (SEGMENT / TERMS) == 0) {
#pragma unroll
          for (int i = 0; i < TS; i++) {
#pragma unroll
            for (int j = 0; j < TU; j++) {
#pragma unroll
              for (int g = 0; g < G; g++) {
                sum[i][j][g] = SEGMENT_START(tile, total[i][j][g], sum[i][j][g]);
              }
            }
          }
        }
        __local const FACTOR_TYPE *a = a_terms + (tile & 1) * TERMS * A_GAP + own_stream;
        __local const FACTOR_TYPE *b =
            b_terms + (tile & 1) * TERMS * B_GAP + own_unit / 8 * GAP + own_unit % 8;
#pragma unroll 4
        for (int k = 0; k < TERMS; k++) {
          union { FACTOR_S all; FACTOR_TYPE one[TS]; } left;
          left.all = *(__local const FACTOR_S *)(a + k * A_GAP);
#pragma unroll
          for (int g = 0; g < G; g++) {
            union { FACTOR_U all; FACTOR_TYPE one[TU]; } right;
            right.all = *(__local const FACTOR_U *)(b + k * B_GAP + g * 8);
#pragma unroll
            for (int i = 0; i < TS; i++) {
#pragma unroll
              for (int j = 0; j < TU; j++) {
                sum[i][j][g] = TERM(right.one[j], left.one[i], sum[i][j][g]);
              }
            }
          }
        }
        if ((tile + 1) % (SEGMENT / TERMS) == 0 || tile + 1 == tiles) {
#pragma unroll
          for (int i = 0; i < TS; i++) {
#pragma unroll
            for (int j = 0; j < TU; j++) {
#pragma unroll
              for (int g = 0; g < G; g++) {
                total[i][j][g] =
                    SEGMENT_END(tile >= SEGMENT / TERMS, total[i][j][g], sum[i][j][g]);
              }
            }
          }
        }
      }
      if (tile + 1 < tiles) {
        __local FACTOR_TYPE *a = a_terms + (tile + 1 & 1) * TERMS * A_GAP;
        __local FACTOR_TYPE *b = b_terms + (tile + 1 & 1) * TERMS * B_GAP;
#pragma unroll
        for (int l = 0; l < A_LOADS; l++) {
          const int stream = (LID + l * LSZ) / (TERMS / 4), k = LID % (TERMS / 4) * 4;
          a[k * A_GAP + stream] = FACTOR(a_next[l].x, inverse[l]);
          a[(k + 1) * A_GAP + stream] = FACTOR(a_next[l].y, inverse[l]);
          a[(k + 2) * A_GAP + stream] = FACTOR(a_next[l].z, inverse[l]);
          a[(k + 3) * A_GAP + stream] = FACTOR(a_next[l].w, inverse[l]);
        }
#pragma unroll
        for (int l = 0; l < B_LOADS; l++) {
          const int e = LID + l * LSZ;
          const int block = e / (G * 8) / (TERMS / QUAD), quad = e / (G * 8) % (TERMS / QUAD);
          if (e < B_COUNT) {
#pragma unroll
            for (int four = 0; four < QUAD / 4; four++) {
              const FACTOR4 w = FOUR(b_next[l], four);
              __local FACTOR_TYPE *to =
                  b + (quad * QUAD + four * 4) * B_GAP + block * GAP + e % (G * 8);
              to[0] = w.x;
              to[B_GAP] = w.y;
              to[2 * B_GAP] = w.z;
              to[3 * B_GAP] = w.w;
            }
          }
        }
      }
      BARRIER
    }
#if QUANTIZED
#pragma unroll
    for (int i = 0; i < TS; i++) {
#pragma unroll
      for (int j = 0; j < TU; j++) {
#pragma unroll
        for (int g = 0; g < G; g++) {
          const float scale =
              SCALE_OF(part)[g * UNITS + unit + j] * ROW_SCALE(largest[own_stream + i]);
          total[i][j][g] = fma(convert_float(sum[i][j][g]), scale, total[i][j][g]);
        }
      }
    }
#endif
  }
#pragma unroll
  for (int i = 0; i < TS; i++) {
    const int4 stream = STREAM_OF(min(at + i, ROW_COUNT - 1));
#pragma unroll
    for (int j = 0; j < TU; j++) {
      if (at + i < ROW_COUNT && unit + j < N) FINISH(total[i][j], kept[i][j], unit + j, 1, stream, at + i);
    }
  }
}
