// How groups exchange the states of their rows within a launch, H values a row and step.
//
// The groups of a team (sequence.cl) exchange h through EXCHANGE_ROW(s, p), for each of a stream's M
// rows EXCHANGE_WORDS: [2][H / 2] by step & 1, two 16-bit values each, then GROUPS words for flags,
// used of a team's first row. TAGGED: |h| < 2 leaves bit 14 of each value 0; there it carries (step
// >> 1) & 1, and a reader repeats until every word it needs shows this step's bit: a word is its own
// flag, and no order between words is needed. h(t) replaces h(t − 2), which nobody reads any more: it
// was computed from all of h(t − 1), and each of that from all of h(t − 2). Otherwise (activations
// without a bound) a group stores, fences and sets its flag to the step, and reads when it has seen
// all flags of the team.
//
// A tagged value whose 16 bits are not those of |h| < 2 (beyond that, or no number) does not pass:
// status[3] and status[16 + entry of the list] are set, and what the launch gives for that stream is
// of no use; other streams lose nothing.
//
// status[1] to status[3] are 0 before a step, and `sequence_start` runs before a sequence.
//
// Written before: matrix.cl, matrix_layout.cl, sequence_cells.cl, waiting.cl.
#define EACH (H / 32 / WARPS)
#define EXCHANGE_WORDS (H + (GROUPS + 3) / 4 * 4)
#define TAG 0x40004000u
#define TAG_OF(step) (TAGGED && ((step) >> 1 & 1) ? TAG : 0u)
#define EXCHANGED(stream, row, step) \
  (EXCHANGE_ROW(stream, (row) / M) + (row) % M * EXCHANGE_WORDS + ((step) & 1) * (H / 2))

/// The word of two values of `row` for others to read.
static inline uint word_of(float2 h, uint step, int entry, __global int *status) {
  const uint word = pair_of(h.x, h.y);
  if (!TAGGED) return word;
  if (word & TAG) status[3] = status[16 + entry] = 1;
  return (word & ~TAG) | TAG_OF(step);
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

/// Before a sequence, by any number of groups of any size: the first h, words that no step has,
/// flags, nobody counted in.
__kernel void sequence_start(ROW_PARAMETERS, __global const int4 *streams, const int first,
                             const int count, __global int *status) {
  if (get_group_id(0) == 0 && get_local_id(0) == 0) status[2] = 0;
  for (int row = get_group_id(0); row < count * M; row += get_num_groups(0)) {
    const int4 stream = streams[first + row / M];
    __global uint *words = EXCHANGED(stream, row, 0);
    for (int i = get_local_id(0); i < H / 2; i += get_local_size(0)) {
      float2 state[1 + HAS_CELL];
      begin(ROW_ARGUMENTS, stream, row, 2 * i, state);
      words[i] = word_of(state[0], 0, first + row / M, status);
      words[i + H / 2] = TAGGED ? TAG : 0u;
    }
    for (int i = get_local_id(0); i < GROUPS; i += get_local_size(0)) words[H + i] = 0;
  }
}
