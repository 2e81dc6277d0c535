// Compares `assemble` on every variant that runs here with one element moved after the other.
//
//     clang -O2 -IKernels/include Tests/Kernels/assemble_test.c Kernels/CPU/dispatch.c
//         Kernels/CPU/variant_*.c -lm -o assemble_test && ./assemble_test [SEED]
#include "kernel_test.h"

enum { CASES = 4000, SOURCES = 3 };

static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 33};

/// Strides of a box in a block of memory: axes in random order, some with gaps, a source's also
/// repeated or running backward. Returns the first element's offset and the span.
static int64_t place(const sluice_piece *piece, int is_source, int64_t *strides, int64_t *span) {
  int64_t step = test_below(4) == 0 ? 2 : 1, first = 0, order[8];
  for (int64_t d = 0; d < piece->rank; d++) order[d] = d;
  if (test_below(2)) {
    for (int64_t d = piece->rank - 1; d > 0; d--) {
      const int64_t other = test_below(d + 1), kept = order[d];
      order[d] = order[other];
      order[other] = kept;
    }
  } else {
    for (int64_t d = 0; d < piece->rank; d++) order[d] = piece->rank - 1 - d;
  }
  *span = 1;
  for (int64_t i = 0; i < piece->rank; i++) {
    const int64_t d = order[i], kind = is_source ? test_below(8) : 7;
    strides[d] = kind == 0 ? 0 : kind == 1 ? -step : step;
    if (kind == 1) first += (piece->sizes[d] - 1) * step;
    if (kind == 0) continue;
    *span += (piece->sizes[d] - 1) * step;
    step = step * piece->sizes[d] + test_below(2);
  }
  return first;
}

static void move(
    const sluice_piece *piece, int64_t bytes, const char *from, const int64_t *s, char *to) {
  int64_t total = 1;
  for (int64_t d = 0; d < piece->rank; d++) total *= piece->sizes[d];
  for (int64_t i = 0; i < total; i++) {
    int64_t rest = i, source = 0, target = 0;
    for (int64_t d = piece->rank - 1; d >= 0; d--) {
      source += rest % piece->sizes[d] * s[d];
      target += rest % piece->sizes[d] * piece->target_strides[d];
      rest /= piece->sizes[d];
    }
    memcpy(to + target * bytes, from + source * bytes, (size_t)bytes);
  }
}

static char *bytes_of(int64_t count) {
  char *memory = test_memory(count);
  for (int64_t i = 0; i < count; i++) memory[i] = (char)test_random();
  return memory;
}

static void check(void) {
  static const int64_t nowhere[8] = {0};
  sluice_assemble_parameters p = {.element_bytes = 1 << test_below(4), .sources = SOURCES};
  p.count = 1 + test_below(SLUICE_PIECES);
  int64_t target_span = 1, spans[SOURCES] = {1, 1, 1};
  for (int64_t i = 0; i < p.count; i++) {
    sluice_piece *piece = &p.pieces[i];
    int64_t span;
    piece->rank = 1 + test_below(4);
    for (int64_t d = 0; d < piece->rank; d++) {
      piece->sizes[d] = sizes[test_below(piece->rank > 2 ? 6 : 11)];
    }
    piece->source = test_below(SOURCES + 1) - 1;
    piece->fill = test_random();
    piece->target_offset = test_below(40) + place(piece, 0, piece->target_strides, &span);
    if (piece->target_offset + span > target_span) target_span = piece->target_offset + span;
    if (piece->source == SLUICE_PIECE_FILL) continue;
    const int64_t offset = test_below(10);
    piece->source_offset = offset + place(piece, 1, piece->source_strides, &span);
    if (offset + span > spans[piece->source]) spans[piece->source] = offset + span;
  }
  char *sources[SOURCES], *start = bytes_of(target_span * p.element_bytes);
  char *expected = bytes_of(target_span * p.element_bytes);
  memcpy(expected, start, (size_t)(target_span * p.element_bytes));
  for (int s = 0; s < SOURCES; s++) sources[s] = bytes_of(spans[s] * p.element_bytes);
  for (int64_t i = 0; i < p.count; i++) {
    const sluice_piece *piece = &p.pieces[i];
    const int fill = piece->source == SLUICE_PIECE_FILL;
    const char *from = fill ? (const char *)&piece->fill
                            : sources[piece->source] + piece->source_offset * p.element_bytes;
    move(piece, p.element_bytes, from, fill ? nowhere : piece->source_strides,
         expected + piece->target_offset * p.element_bytes);
  }
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v])) continue;
    char *target = bytes_of(target_span * p.element_bytes);
    memcpy(target, start, (size_t)(target_span * p.element_bytes));
    void *operands[] = {sources[0], sources[1], sources[2], target};
    EXPECT(sluice_kernels()->assemble(&p, operands) == 0, "assemble returned an error");
    EXPECT(memcmp(target, expected, (size_t)(target_span * p.element_bytes)) == 0,
           "%lld pieces of %lld bytes an element differ", (long long)p.count,
           (long long)p.element_bytes);
    test_free(target);
  }
  for (int s = 0; s < SOURCES; s++) test_free(sources[s]);
  test_free(start), test_free(expected);
}

int main(int argc, char **argv) {
  test_begin(argc, argv);
  for (int i = 0; i < CASES; i++) check();
  return test_end("assemble", CASES);
}
