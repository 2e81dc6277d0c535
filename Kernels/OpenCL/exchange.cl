// How groups exchange the states of their streams within a launch, H values a stream and step.
//
// The groups of a team (sequence.cl) exchange h through EXCHANGE_ROW(s, p), words of a stream:
// [2][H / 2] by step & 1, two 16-bit values each, then GROUPS words of its team's first stream for
// flags. TAGGED: |h| < 2 leaves bit 14 of each value 0; there it carries (step >> 1) & 1, and a
// reader repeats until every word it needs shows this step's bit: a word is its own flag, and no
// order between words is needed. h(t) replaces h(t − 2), which nobody reads any more: it was
// computed from all of h(t − 1), and each of that from all of h(t − 2). Otherwise (activations
// without a bound) a group stores, fences and sets its flag to the step, and reads when it has seen
// all flags of the team.
//
// status[1] is set when a wait takes more than BOUND looks, or a tagged value is not below 2; then
// every group returns and nothing of the launch is of use. status[2] counts groups in. Both are 0
// before a launch, and `sequence_start` runs first.
//
// BOUND: looks, 10^6 if not given. Written before: matrix.cl, matrix_layout.cl.
#ifndef BOUND
#define BOUND 1000000
#endif
#define EACH (H / 32 / WARPS)
#define TAG 0x40004000u
#define TAG_OF(step) (TAGGED && ((step) >> 1 & 1) ? TAG : 0u)
#define EXCHANGED(stream, place, step) (EXCHANGE_ROW(stream, place) + ((step) & 1) * (H / 2))
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

/// A lane's factors of EACH blocks of one row, 16 words apart, waited for where they are tagged.
static inline bool factors_of(uint4 *a, __global const uint *row, uint step, __global int *status) {
  const uint tag = TAG_OF(step);
  uint bad, tries = 0;
  do {
    bad = 0;
    UNROLL for (int e = 0; e < EACH; e++) {
      a[e] = look_at_four(row + e * 16);
      const uint4 other = (a[e] ^ tag) & TAG;
      bad |= TAGGED ? other.x | other.y | other.z | other.w : 0;
    }
    if (bad && gives_up(&tries, status)) return false;
  } while (bad);
  UNROLL for (int e = 0; e < EACH; e++) a[e] &= TAGGED ? ~TAG : ~0u;
  return true;
}

/// Before every launch, by any number of groups of any size: the first h, words that no step has,
/// flags.
__kernel void sequence_start(ROW_PARAMETERS, __global const int4 *streams, const int first,
                             const int count, __global int *status) {
  for (int place = get_group_id(0); place < count; place += get_num_groups(0)) {
    const int4 stream = streams[first + place];
    __global uint *words = EXCHANGE_ROW(stream, place);
    for (int i = get_local_id(0); i < H / 2; i += get_local_size(0)) {
#ifdef INITIAL_ROW
      __global const float *h = INITIAL_ROW(stream, place);
      if (TAGGED && !(fabs(h[2 * i]) < 2.0f && fabs(h[2 * i + 1]) < 2.0f)) status[1] = 1;
      words[i] = pair_of(h[2 * i], h[2 * i + 1]) & (TAGGED ? ~TAG : ~0u);
#else
      words[i] = 0;
#endif
      words[i + H / 2] = TAGGED ? TAG : 0u;
    }
    for (int i = get_local_id(0); i < GROUPS; i += get_local_size(0)) words[H + i] = 0;
  }
}
