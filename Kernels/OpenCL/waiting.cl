// How groups of one launch wait for each other: by words in global memory, never without end.
//
// status[1] is set when a wait takes more than BOUND looks; then every group returns and nothing of
// the launch is of use. Groups see that of others every 256 looks. status[2] counts groups in, where
// a kernel has them count.
//
// BOUND: looks, 10^6 if not given. Written before: matrix.cl.
#ifndef BOUND
#define BOUND 1000000
#endif
// STORED: where the items of a group run one after another, what one stores is there for those
// before it only then.
#if PTX
#define STORED
#define FENCE asm volatile("membar.gl;" : : : "memory")
#else
#define STORED barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define FENCE mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif

/// A load that sees what other groups have stored.
static inline uint look(__global const uint *p) {
#if PTX
  uint value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(p) : "memory");
  return value;
#else
  return *(__global const volatile uint *)p;
#endif
}

static inline uint4 look_at_four(__global const uint *p) {
#if PTX
  uint4 v;
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p) : "memory");
  return v;
#else
  return (uint4)(look(p), look(p + 1), look(p + 2), look(p + 3));
#endif
}

/// Counts a look that found nothing; true when waiting is over.
static inline bool gives_up(uint *tries, __global int *status) {
  if (++*tries <= BOUND && (*tries % 256 || !look((__global uint *)status + 1))) return false;
  *(__global volatile int *)(status + 1) = 1;
  return true;
}

/// Holds until word `p` has reached `least`.
static inline bool reaches(__global const uint *p, uint least, __global int *status) {
  uint tries = 0;
  while (look(p) < least) {
    if (gives_up(&tries, status)) return false;
  }
  return true;
}

/// Counts a group in and holds until `groups` are in.
static inline bool counts_in(uint groups, __global int *status) {
  atomic_inc(status + 2);
  return reaches((__global const uint *)status + 2, groups, status);
}
