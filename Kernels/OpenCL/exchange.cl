// How groups exchange the states of their rows within a launch, H values a row and step.
//
// The groups of a team (sequence.cl, sequence_fma.cl) exchange h through EXCHANGE_ROW(s, p), for each of
// a stream's M rows EXCHANGE_WORDS: two times ROW_WORDS by step & 1, a word two 16-bit values or, with
// FLOATS, one float; then GROUPS words for flags; only those of a team's first row are used. TAGGED: |h| < 2 leaves the
// top bit of each value's exponent 0; there it carries (step >> 1) & 1, and a reader repeats until every
// word it needs shows this step's bit: a word is its own flag, and no order between words is needed. h(t)
// replaces h(t − 2), which nobody reads any more: it was computed from all of h(t − 1), and each of that
// from all of h(t − 2). Otherwise (activations without a bound) a group stores, fences and sets its flag
// to the step, and reads when it has seen all flags of the team.
//
// A tagged value whose bits are not those of |h| < 2 (beyond that, or no number) does not pass:
// status[3] and status[16 + entry of the list] are set, and what the launch gives for that stream is
// of no use; other streams lose nothing.
//
// status[1] to status[3] are 0 before a step, and `sequence_start` runs before a sequence.
//
// A work-item reads EACH times four words of a row, FACTOR_STEP words apart.
// Written before: matrix.cl, matrix_layout.cl, sequence_cells.cl, waiting.cl.
#ifndef FLOATS
#define FLOATS 0
#endif
#if FLOATS
#define EACH (H / 16 / WARPS)
#define FACTOR_STEP (16 * WARPS)
#define ROW_WORDS H
#define TAG 0x40000000u
#else
#define EACH (H / 32 / WARPS)
#define FACTOR_STEP 16
#define ROW_WORDS (H / 2)
#define TAG 0x40004000u
#endif
#define EXCHANGE_WORDS (2 * ROW_WORDS + (GROUPS + 3) / 4 * 4)
#define TAG_OF(step) (TAGGED && ((step) >> 1 & 1) ? TAG : 0u)
#define EXCHANGED(stream, row, step) \
  (EXCHANGE_ROW(stream, (row) / M) + (row) % M * EXCHANGE_WORDS + ((step) & 1) * ROW_WORDS)

/// Stores h of `unit` and `unit + 1` after `step` for others to read.
static inline void give(ROW_PARAMETERS, const int4 stream, int row, int unit, float2 h, uint step,
                        int entry, __global int *status) {
  __global volatile uint *words = EXCHANGED(stream, row, step);
  const uint tag = TAG_OF(step);
#if FLOATS
  const uint2 own = as_uint2(h);
  if (TAGGED && ((own.x | own.y) & TAG)) status[3] = status[16 + entry] = 1;
  words[unit] = (own.x & (TAGGED ? ~TAG : ~0u)) | tag;
  words[unit + 1] = (own.y & (TAGGED ? ~TAG : ~0u)) | tag;
#else
  const uint own = pair_of(h.x, h.y);
  if (TAGGED && (own & TAG)) status[3] = status[16 + entry] = 1;
  words[unit / 2] = (own & (TAGGED ? ~TAG : ~0u)) | tag;
#endif
}

/// A look at a work-item's words of one row.
static inline void look_at_factors(uint4 *a, __global const uint *row) {
  UNROLL for (int e = 0; e < EACH; e++) a[e] = look_at_four(row + e * FACTOR_STEP);
}

/// Looks again until all of them are those of `step`, where they are tagged, and takes the tags off.
static inline bool settle(uint4 *a, __global const uint *row, uint step, __global int *status) {
#if TAGGED
  const uint tag = TAG_OF(step);
  for (uint tries = 0;;) {
    uint bad = 0;
    UNROLL for (int e = 0; e < EACH; e++) {
      const uint4 other = (a[e] ^ tag) & TAG;
      bad |= other.x | other.y | other.z | other.w;
    }
    if (!bad) break;
    if (gives_up(&tries, status)) return false;
    look_at_factors(a, row);
  }
  UNROLL for (int e = 0; e < EACH; e++) a[e] &= ~TAG;
#endif
  return true;
}

/// Before a sequence, by any number of groups of any size: the first h, words that no step has,
/// flags, nobody counted in.
__kernel void sequence_start(ROW_PARAMETERS, __global const int4 *streams, const int first,
                             const int count, __global int *status) {
  if (get_group_id(0) == 0 && get_local_id(0) == 0) status[2] = 0;
  for (int row = get_group_id(0); row < count * M; row += get_num_groups(0)) {
    const int4 stream = streams[first + row / M];
    for (int i = get_local_id(0); i < H / 2; i += get_local_size(0)) {
      float2 state[1 + HAS_CELL];
      begin(ROW_ARGUMENTS, stream, row, 2 * i, state);
      give(ROW_ARGUMENTS, stream, row, 2 * i, state[0], 0, first + row / M, status);
    }
    __global uint *words = EXCHANGED(stream, row, 1);
    for (int i = get_local_id(0); i < ROW_WORDS; i += get_local_size(0)) {
      words[i] = TAGGED ? TAG : 0u;
    }
    for (int i = get_local_id(0); i < GROUPS; i += get_local_size(0)) words[ROW_WORDS + i] = 0;
  }
}
