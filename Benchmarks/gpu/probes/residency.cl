// E3. How many groups run at the same time. Each group counts itself in arrived[0] and waits, at
// most `tries` looks, until all `groups` have come; seen[group] is the count that it saw last,
// unit[group] the compute unit it ran on. While the first groups wait, none of them makes room
// for another: the least of `seen` is the number of groups resident together.
//
// ITEMS        work-items of a group
// LIVE         words that every item holds across the waiting, which take as many registers
// LOCAL_BYTES  of a static local array
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void resident(__global uint *arrived, __global uint *seen, __global uint *unit,
              __global volatile const uint *seed, const uint groups, const uint tries,
              __global uint *y) {
  __local volatile uint padding[LOCAL_BYTES / 4];
  const int item = get_local_id(0), group = get_group_id(0);
  uint held[LIVE];
  UNROLL for (int i = 0; i < LIVE; i++) {
    held[i] = seed[i * ITEMS + item];
    PIN(held[i]);
  }
  padding[(item * 61) % (LOCAL_BYTES / 4)] = held[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item == 0) {
    uint count = atomic_inc(arrived) + 1;
    for (uint i = 0; i < tries && count < groups; i++) count = POLL(arrived);
    seen[group] = count;
    unit[group] = UNIT_INDEX();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  uint sum = padding[(item * 61) % (LOCAL_BYTES / 4)];
  UNROLL for (int i = 0; i < LIVE; i++) {
    PIN(held[i]);
    sum = sum * 31 + held[i];
  }
  y[group * ITEMS + item] = sum;
}
