// A wide layer (wide.cl) on devices whose work-items have vectors: a work-item has STREAMS streams and UV
// vectors of units.
//
// Weights: [UNITS / VW, K, G, VW]. LSZ is 1.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void NAME(ARGUMENTS) {
  if (count == 0) return;
  const int unit = UNIT_TILE * UV * VW;
  int place[STREAMS];
  int4 stream[STREAMS];
  for (int i = 0; i < STREAMS; i++) {
    place[i] = min(STREAM_TILE * STREAMS + i, ROW_COUNT - 1);
    stream[i] = STREAM_OF(place[i]);
  }
  VF total[STREAMS][UV][G], kept[STREAMS][UV];
  for (int i = 0; i < STREAMS; i++) {
    for (int v = 0; v < UV; v++) {
      for (int g = 0; g < G; g++) total[i][v][g] = SUM_START(g, unit + v * VW, place[i]);
      kept[i][v] = (VF)(0.0f);
    }
  }
  for (int part = FIRST_PART; part < PARTS; part++) {
    const int depth = DEPTH_OF(part);
    __global const WEIGHT *w =
        (__global const WEIGHT *)(constants + (part ? W_1 : W_0)) + (ulong)unit * depth * G;
    __global const float *a[STREAMS];
    float inverse[STREAMS], scale[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
      a[i] = FACTORS_OF(part, stream[i], place[i]);
      inverse[i] = scale[i] = 1.0f;
      FIND_SCALES(i, depth, a[i][k])
#if KEEPS
      if (part == 1) {
        for (int v = 0; v < UV; v++) {
          kept[i][v] = total[i][v][G - 1];
          total[i][v][G - 1] = VLOAD(STARTS + G * UNITS + unit + v * VW);
        }
      }
#endif
    }
    VP sum[STREAMS][UV][G];
    for (int begin = 0; begin < depth; begin += SEGMENT) {
      const int terms = min(SEGMENT, depth - begin);
      FACTOR_TYPE factors[STREAMS][SEGMENT];
      for (int i = 0; i < STREAMS; i++) {
        for (int k = 0; k < terms; k++) {
          factors[i][k] = FACTOR1(a[i][begin + k], inverse[i]);
        }
        for (int v = 0; v < UV; v++) {
          for (int g = 0; g < G; g++) {
            sum[i][v][g] = SEGMENT_START(begin, total[i][v][g], sum[i][v][g]);
          }
        }
      }
      for (int k = 0; k < terms; k++) {
        for (int v = 0; v < UV; v++) {
          for (int g = 0; g < G; g++) {
            const VP weight = WEIGHTS(w + ((v * depth + begin + k) * G + g) * VW);
            for (int i = 0; i < STREAMS; i++) {
              sum[i][v][g] = TERM(weight, (VP)(factors[i][k]), sum[i][v][g]);
            }
          }
        }
      }
      for (int i = 0; i < STREAMS; i++) {
        for (int v = 0; v < UV; v++) {
          for (int g = 0; g < G; g++) {
            total[i][v][g] = SEGMENT_END(begin, total[i][v][g], sum[i][v][g]);
          }
        }
      }
    }
#if QUANTIZED
    for (int i = 0; i < STREAMS; i++) {
      for (int v = 0; v < UV; v++) {
        for (int g = 0; g < G; g++) {
          const VF own = VLOAD(SCALE_OF(part) + g * UNITS + unit + v * VW) * (VF)(scale[i]);
          total[i][v][g] = fma(CONVERT_FLOAT(VW)(sum[i][v][g]), own, total[i][v][g]);
        }
      }
    }
#endif
  }
  for (int i = 0; i < STREAMS; i++) {
    if (STREAM_TILE * STREAMS + i >= ROW_COUNT) break;
    for (int v = 0; v < UV; v++) {
      const int own = unit + v * VW;
      if (own < N) FINISH(total[i][v], kept[i][v], own, N - own, stream[i], place[i]);
    }
  }
}
