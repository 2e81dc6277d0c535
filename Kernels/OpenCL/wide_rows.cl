// A wide layer (wide.cl) for few streams, bound by the reading of its weights (wide_quads.cl): a group has
// STREAMS streams and BLOCKS8 · 8 units, a work-item one sum of one unit, and WORKERS work-items share its
// segments. AHEAD loads of 16 bytes are under way while the AHEAD before them are summed; the first of a
// round, before its factors are there.
//
// LSZ: BLOCKS8 · 8 · G · WORKERS. Local memory: WORKERS · STREAMS · (SEGMENT + BLOCKS8 · 8 · G) words.
// The order of wide.cl: a work-item sums a segment, then one adds the segments of a sum in their order.
#define PER_WORKER (STREAMS * SEGMENT + 4)

__kernel __attribute__((reqd_work_group_size(LSZ, 1, 1))) void NAME(ARGUMENTS) {
  if (count == 0) return;
  __local FACTOR_TYPE factors[WORKERS * PER_WORKER] __attribute__((aligned(16)));
  __local FACTOR_TYPE partial[WORKERS * STREAMS * ROWS8];
  __local float total[STREAMS * ROWS8], kept[STREAMS * BLOCKS8 * 8];
#if QUANTIZED
  __local int whole[STREAMS * ROWS8], largest[STREAMS];
#endif
  const int row = LID % ROWS8, worker = LID / ROWS8;
  const int unit = UNIT_TILE * BLOCKS8 * 8;
  for (int i = LID; i < STREAMS * ROWS8; i += LSZ) {
    const int r = i % ROWS8, at = min(STREAM_TILE * STREAMS + i / ROWS8, ROW_COUNT - 1);
    total[i] = SUM_START(r / 8 % G, unit + r / (8 * G) * 8 + r % 8, at);
  }
  for (int i = LID; i < STREAMS * BLOCKS8 * 8; i += LSZ) kept[i] = 0.0f;
  for (int part = FIRST_PART; part < PARTS; part++) {
    const int depth = DEPTH_OF(part), quads = QUADS_OF(part);
    __global const uint4 *weights = PACKED_OF(part)
        + (ulong)(UNIT_TILE * BLOCKS8 + row / (8 * G)) * quads * G * 8 + row % (8 * G);
    BARRIER
#if KEEPS
    if (part == 1) {
      for (int i = LID; i < STREAMS * BLOCKS8 * 8; i += LSZ) {
        const int own = i % (BLOCKS8 * 8);
        const int sum = i / (BLOCKS8 * 8) * ROWS8 + (own / 8 * G + G - 1) * 8 + own % 8;
        kept[i] = total[sum];
        total[sum] = STARTS[G * UNITS + unit + own];
      }
    }
#endif
#if QUANTIZED
    for (int i = LID; i < STREAMS * ROWS8; i += LSZ) whole[i] = 0;
    for (int i = LID; i < STREAMS; i += LSZ) largest[i] = 0;
    BARRIER
    for (int s = 0; s < STREAMS; s++) {
      const int at = min(STREAM_TILE * STREAMS + s, ROW_COUNT - 1);
      __global const float *a = FACTORS_OF(part, STREAM_OF(at), at);
      int own = 0;
      for (int k = LID; k < depth; k += LSZ) own = max(own, MAGNITUDE(a[k]));
      atomic_max(&largest[s], own);
    }
    BARRIER
#endif
    for (int round = 0; round < SEGMENTS_OF(part); round += WORKERS) {
      const int segment = round + worker;
      const int begin = segment * (SEGMENT / QUAD);
      const int some = segment < SEGMENTS_OF(part) ? min(SEGMENT / QUAD, quads - begin) : 0;
      uint4 next[AHEAD];
      if (some) {
#pragma unroll
        for (int i = 0; i < AHEAD; i++) next[i] = weights[(begin + i) * G * 8];
      }
      for (int s = 0; s < STREAMS; s++) {
        const int at = min(STREAM_TILE * STREAMS + s, ROW_COUNT - 1);
        __global const float *a = FACTORS_OF(part, STREAM_OF(at), at);
        for (int i = LID; i < WORKERS * SEGMENT; i += LSZ) {
          const int k = round * SEGMENT + i;
#if QUANTIZED
          const float inverse = INVERSE_SCALE(largest[s]);
#else
          const float inverse = 1.0f;
#endif
          factors[i / SEGMENT * PER_WORKER + s * SEGMENT + i % SEGMENT] =
              k < depth ? FACTOR(a[k], inverse) : (FACTOR_TYPE)0;
        }
      }
      BARRIER
      if (some) {
        __local const FACTOR_TYPE *own = factors + worker * PER_WORKER;
        FACTOR_TYPE sum[STREAMS];
#pragma unroll
        for (int s = 0; s < STREAMS; s++) {
#if QUANTIZED
          sum[s] = 0;
#else
          sum[s] = segment ? 0.0f : total[s * ROWS8 + row];
#endif
        }
        for (int quad = 0; quad < some; quad += AHEAD) {
          uint4 now[AHEAD];
          const int after = begin + min(quad + AHEAD, some - AHEAD);
#pragma unroll
          for (int i = 0; i < AHEAD; i++) {
            now[i] = next[i];
            next[i] = weights[(after + i) * G * 8];
          }
#pragma unroll
          for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int four = 0; four < QUAD / 4; four++) {
              const FACTOR4 w = FOUR(now[i], four);
#pragma unroll
              for (int s = 0; s < STREAMS; s++) {
                const FACTOR4 a = *(__local const FACTOR4 *)(
                    own + s * SEGMENT + (quad + i) * QUAD + four * 4);
                sum[s] = TERM(w.x, a.x, sum[s]);
                sum[s] = TERM(w.y, a.y, sum[s]);
                sum[s] = TERM(w.z, a.z, sum[s]);
                sum[s] = TERM(w.w, a.w, sum[s]);
              }
            }
          }
        }
#pragma unroll
        for (int s = 0; s < STREAMS; s++) partial[(worker * STREAMS + s) * ROWS8 + row] = sum[s];
      }
      BARRIER
      for (int i = LID; i < STREAMS * ROWS8; i += LSZ) {
        for (int w = 0; w < min(WORKERS, SEGMENTS_OF(part) - round); w++) {
          const FACTOR_TYPE sum = partial[w * STREAMS * ROWS8 + i];
#if QUANTIZED
          whole[i] += sum;
#else
          total[i] = round + w ? total[i] + sum : sum;
#endif
        }
      }
    }
#if QUANTIZED
    for (int i = LID; i < STREAMS * ROWS8; i += LSZ) {
      const int r = i % ROWS8;
      const float scale = SCALE_OF(part)[r / 8 % G * UNITS + unit + r / (8 * G) * 8 + r % 8]
          * ROW_SCALE(largest[i / ROWS8]);
      total[i] = fma(convert_float(whole[i]), scale, total[i]);
    }
#endif
  }
  BARRIER
  for (int i = LID; i < STREAMS * BLOCKS8 * 8; i += LSZ) {
    const int own = i % (BLOCKS8 * 8), at = STREAM_TILE * STREAMS + i / (BLOCKS8 * 8);
    if (unit + own < N && at < ROW_COUNT) {
      float t[G];
#pragma unroll
      for (int g = 0; g < G; g++) {
        t[g] = total[i / (BLOCKS8 * 8) * ROWS8 + (own / 8 * G + g) * 8 + own % 8];
      }
      FINISH(t, kept[i], unit + own, 1, STREAM_OF(at), at);
    }
  }
}
