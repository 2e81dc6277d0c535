// E4. All-to-all exchange: in step s every group stores its share of h(s), then reads and checks
// all of it. h: [2][WORDS], by s & 1; before the launch every word is TAG, flags and state are 0.
//
//     word(s, i) = (2654435761 (s + 1) xor 40503 i), bits 14 and 30 replaced
//
// METHOD 0, tagged: bits 14 and 30 carry (s >> 1) & 1; a reader repeats until each word shows it.
// METHOD 1, flags: data, fence, one flag a group; every group polls all flags, fence, reads.
// METHOD 2, counter: data, fence, one atomic counter; every group polls it, fence, reads.
//
// GROUPS, ITEMS (divides WORDS), WORDS; POLL_RELAXED: polls by ld.relaxed.gpu.
// PLACED: a group takes its rank from rank_of_unit[its unit]; those without one, and every group
// but the first on a unit (taken), return at once.
// state: [0] set when a poll took more than `bound` looks, and then every group returns; [1] words
// read that were wrong.
#define TAG 0x40004000u
#define OWN (WORDS / GROUPS)
#define EACH (WORDS / ITEMS)
#define BATCH (EACH < 16 ? EACH : 16)
#define WORD(s, i) (((s + 1) * 2654435761u ^ (uint)(i) * 40503u) & ~TAG)
#define TAG_OF(s) ((s) >> 1 & 1 ? TAG : 0u)

/// Counts a look that found nothing; 1 when waiting is over.
static inline int gives_up(uint *tries, __global uint *state, const uint bound) {
  if (++*tries > bound || (*tries % 256 == 0 && POLL(state))) {
    *(__global volatile uint *)state = 1;
    return 1;
  }
  return 0;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void exchange(__global uint *h, __global uint *flags, __global uint *state, const uint steps,
              const uint bound, __global const uint *rank_of_unit, __global uint *taken) {
  __local uint failed[2], place;
  const int item = get_local_id(0);
  if (item == 0) {
    failed[0] = failed[1] = 0;
    place = get_group_id(0);
#if PLACED
    const uint unit = UNIT_INDEX();
    place = atomic_inc(taken + unit) == 0 ? rank_of_unit[unit] : ~0u;
#endif
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const uint rank = place;
  if (rank >= GROUPS) return;
  uint wrong = 0;
  for (uint s = 0; s < steps; s++) {
    __global volatile uint *now = h + (s & 1) * WORDS;
    const uint tag = METHOD == 0 ? TAG_OF(s) : 0;
    for (int i = rank * OWN + item; i < (rank + 1) * OWN; i += ITEMS) now[i] = WORD(s, i) | tag;
    uint tries = 0;
#if METHOD != 0
    barrier(CLK_GLOBAL_MEM_FENCE);
    if (item == 0) {
      FENCE();
#if METHOD == 1
      ((__global volatile uint *)flags)[rank] = s + 1;
#else
      atomic_inc(flags);
#endif
    }
    for (int g = item; g < (METHOD == 1 ? GROUPS : 1); g += ITEMS) {
      while (POLL(flags + g) < (METHOD == 1 ? s + 1 : (s + 1) * GROUPS)) {
        if (gives_up(&tries, state, bound)) {
          failed[s & 1] = 1;
          break;
        }
      }
    }
    FENCE();
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (failed[s & 1]) return;
#endif
    for (int first = 0; first < EACH; first += BATCH) {
      uint words[BATCH], bad;
      do {
        bad = 0;
        UNROLL for (int j = 0; j < BATCH; j++) {
          words[j] = POLL(h + (s & 1) * WORDS + (first + j) * ITEMS + item);
          bad |= (words[j] ^ tag) & (METHOD == 0 ? TAG : 0u);
        }
        if (bad && gives_up(&tries, state, bound)) {
          failed[s & 1] = 1;
          break;
        }
      } while (bad);
      UNROLL for (int j = 0; j < BATCH; j++) {
        wrong += (words[j] & ~TAG) != WORD(s, (first + j) * ITEMS + item);
      }
    }
    // What this group stores next may only follow all that it has read.
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (failed[s & 1]) return;
  }
  if (wrong) atomic_add(state + 1, wrong);
}

/// Cycles of `looks` dependent loads of one word, by the first item of the first group on each
/// unit.
__kernel void latency(__global const uint *word, __global uint *taken, __global uint *cycles,
                      const uint looks) {
  const uint unit = UNIT_INDEX();
  if (get_local_id(0) != 0 || atomic_inc(taken + unit) != 0) return;
  uint at = 0;
  const ulong start = CYCLES();
  for (uint i = 0; i < looks; i++) at = POLL((__global uint *)word + at);
  cycles[unit] = (uint)(CYCLES() - start) + at;
}
