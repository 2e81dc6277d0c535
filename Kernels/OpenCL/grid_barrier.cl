// Whether the groups of a launch run at the same time and see what each other stores: they count in
// and then meet `steps` times.
//
//     groups x 1 groups of ITEMS; `words`: a word for each group, the steps that it has made, 0 before
//     status[2]: groups counted in; status[4]: groups that have made all steps; both 0 before
//
// A group has as much of a compute unit as any of sequence.cl may: all registers (HELD words an item,
// held across the waiting) and LOCAL_BYTES of local memory. So as many groups of that as pass here run
// together there.
//
// HELD: 200 if not given; LOCAL_BYTES: 40 KB. Written before: prelude.cl, matrix.cl, waiting.cl.
#ifndef HELD
#define HELD 200
#endif
#ifndef LOCAL_BYTES
#define LOCAL_BYTES 40960
#endif

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void grid_barrier(__global uint *words, const int groups, const int steps, __global int *status) {
  __local uint space[LOCAL_BYTES / 4];
  __local uint failed[2];
  const int item = get_local_id(0), group = get_group_id(0);
  uint held[HELD];
  UNROLL for (int i = 0; i < HELD; i++) {
    held[i] = look(words + i % groups);
  }
  space[item] = (uint)item;
  if (item == 0) {
    failed[0] = failed[1] = 0;
    if (!counts_in(groups, status)) failed[0] = 1;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (failed[0]) return;
  ROLLED for (int step = 0; step < steps; step++) {
    FENCE;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (item == 0) ((__global volatile uint *)words)[group] = step + 1;
    STORED;
    for (int i = item; i < groups; i += ITEMS) {
      if (!reaches(words + i, step + 1, status)) failed[step & 1] = 1;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (failed[step & 1]) return;
  }
  uint sum = space[item];
  UNROLL for (int i = 0; i < HELD; i++) {
    sum = sum * 31 + held[i];
  }
  // Never: so that what is held is of use.
  if (sum == 0xffffffffu) status[5] = 1;
  if (item == 0) atomic_inc(status + 4);
}
