// E5. Reads of 16 bytes an item.
//
// read: group g sums `count` words of 16 bytes from x + g · stride, `repeats` times over;
// y[global id].
//       stride = count: each group its own slice; stride = 0: all groups the same one.
// VOLATILE: loads that pass the first-level cache.
#ifndef VOLATILE
#define VOLATILE 0
#endif
#if PTX && VOLATILE
static inline uint4 load(__global const uint4 *p) {
  uint4 v;
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
  return v;
}
#else
static inline uint4 load(__global const uint4 *p) { return *p; }
#endif

__kernel void read(__global const uint4 *x, __global uint *y, const uint count, const uint stride,
                   const uint repeats) {
  const uint items = get_local_size(0);
  __global const uint4 *slice = x + (size_t)get_group_id(0) * stride;
  uint4 sum = 0;
  for (uint turn = 0; turn < repeats; turn++) {
    uint i = get_local_id(0);
    for (; i + 3 * items < count; i += 4 * items) {
      const uint4 a = load(slice + i), b = load(slice + i + items);
      const uint4 c = load(slice + i + 2 * items), d = load(slice + i + 3 * items);
      sum += (a ^ turn) + (b ^ turn) + (c ^ turn) + (d ^ turn);
    }
    for (; i < count; i += items) sum += load(slice + i) ^ turn;
  }
  y[get_global_id(0)] = sum.x + sum.y + sum.z + sum.w;
}
