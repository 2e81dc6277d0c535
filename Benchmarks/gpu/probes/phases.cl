// E8. A region kernel's skeleton: PHASES phases of a work-group, each reading another item's
// value of the phase before, one fma, one barrier; `turns` times over.
//
//     v(p + 1, i) = fma(v(p, (i + 7 p + 1) mod ITEMS), 0.5, w(p, i)),  v(0, i) = i / ITEMS
//
// WEIGHTS 0: w(p, i) = p / 64; 1: w[p][i] read in its phase, past the first-level cache; 2: the
// same, read one phase ahead. cycles[group]; y[group][item] = v(PHASES · turns, i).
#if PTX
static inline float load(__global const float *p) {
  float value;
  asm volatile("ld.relaxed.gpu.global.f32 %0, [%1];" : "=f"(value) : "l"(p));
  return value;
}
#else
static inline float load(__global const float *p) { return *p; }
#endif

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void phases(__global const float *w, __global float *y, __global uint *cycles, const uint turns) {
  __local float values[2][ITEMS];
  const int item = get_local_id(0);
  values[0][item] = item / (float)ITEMS;
  barrier(CLK_LOCAL_MEM_FENCE);
  const ulong start = CYCLES();
  float ahead = WEIGHTS == 2 ? load(w + item) : 0;
  for (uint turn = 0; turn < turns; turn++) {
    for (int p = 0; p < PHASES; p++) {
#if WEIGHTS == 0
      const float weight = p * 0.015625f;
#elif WEIGHTS == 1
      const float weight = load(w + p * ITEMS + item);
#else
      const float weight = ahead;
      ahead = load(w + (p + 1) % PHASES * ITEMS + item);
#endif
      values[(p + 1) & 1][item] = fma(values[p & 1][(item + 7 * p + 1) % ITEMS], 0.5f, weight);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  if (item == 0) cycles[get_group_id(0)] = (uint)(CYCLES() - start);
  y[get_group_id(0) * ITEMS + item] = values[0][item];
}
