// Pieces put into one target, each a box that is copied or filled:
//
//     target[target_offset + Σ i_d · t_d] = source[source_offset + Σ i_d · s_d]   or the fill
//
// Elements of 4 bytes move as vectors of floats (bits unchanged). The two innermost axes that matter
// choose the way of a plane: rows that lie together on both sides; planes that are the other way round
// (source stride 1 along the last axis but one), in blocks of ASSEMBLE_BLOCK²; else element by element.
#ifndef SLUICE_ASSEMBLE_H
#define SLUICE_ASSEMBLE_H

#include "strided.h"

enum { ASSEMBLE_BLOCK = 4 };

typedef float v_four __attribute__((ext_vector_type(4)));
typedef v_four v_four_unaligned __attribute__((aligned(4)));

/// Four columns of four, turned: from has rows `apart`, to has rows `along`.
V_INLINE void v_turn_4(const float *from, int64_t apart, float *to, int64_t along) {
  const v_four a = *(const v_four_unaligned *)from;
  const v_four b = *(const v_four_unaligned *)(from + apart);
  const v_four c = *(const v_four_unaligned *)(from + 2 * apart);
  const v_four d = *(const v_four_unaligned *)(from + 3 * apart);
  const v_four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const v_four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const v_four upper = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const v_four lower = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(v_four_unaligned *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(v_four_unaligned *)(to + along) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(v_four_unaligned *)(to + 2 * along) = __builtin_shufflevector(upper, lower, 0, 1, 4, 5);
  *(v_four_unaligned *)(to + 3 * along) = __builtin_shufflevector(upper, lower, 2, 3, 6, 7);
}

/// to[i · along + j] = from[j · apart + i], i < rows, j < columns.
static void v_turn(
    const float *from, int64_t apart, float *to, int64_t along, int64_t rows, int64_t columns) {
  const int64_t r = rows / ASSEMBLE_BLOCK * ASSEMBLE_BLOCK;
  const int64_t c = columns / ASSEMBLE_BLOCK * ASSEMBLE_BLOCK;
  for (int64_t i = 0; i < r; i += ASSEMBLE_BLOCK) {
    for (int64_t j = 0; j < c; j += ASSEMBLE_BLOCK) {
      v_turn_4(from + j * apart + i, apart, to + i * along + j, along);
    }
  }
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = i < r ? c : 0; j < columns; j++) to[i * along + j] = from[j * apart + i];
  }
}

/// Rows of n elements that lie together on both sides; the last vector of a row ends with it.
static void v_copy_rows(
    const float *from, int64_t apart, float *to, int64_t along, int64_t rows, int64_t n) {
  for (int64_t i = 0; i < rows; i++, from += apart, to += along) {
    if (n < SLUICE_WIDTH) {
      v_store_part(to, v_load_part(from, n), n);
      continue;
    }
    for (int64_t j = 0; j + SLUICE_WIDTH < n; j += SLUICE_WIDTH) {
      v_store(to + j, v_load(from + j));
      v_stay_a_loop();
    }
    v_store(to + n - SLUICE_WIDTH, v_load(from + n - SLUICE_WIDTH));
  }
}

/// A plane [rows, columns] of 4-byte elements; strides of the rows, then of the columns.
static void v_copy_plane(
    const float *from, const int64_t *s, float *to, const int64_t *t, const int64_t *sizes) {
  if (s[0] == 1 && t[1] == 1 && s[1] != 1) {
    v_turn(from, s[1], to, t[0], sizes[0], sizes[1]);
    return;
  }
  if (s[1] == 1 && t[1] == 1 && sizes[1] > 0) {
    v_copy_rows(from, s[0], to, t[0], sizes[0], sizes[1]);
    return;
  }
  for (int64_t i = 0; i < sizes[0]; i++) {
    if (t[1] == 1) {
      v_copy_strided(to + i * t[0], from + i * s[0], s[1], sizes[1]);
    } else if (s[1] == 1) {
      v_spread(to + i * t[0], t[1], from + i * s[0], sizes[1]);
    } else {
      for (int64_t j = 0; j < sizes[1]; j++) {
        to[i * t[0] + j * t[1]] = from[i * s[0] + j * s[1]];
      }
    }
  }
}

#define V_PLANE(T) \
  for (int64_t i = 0; i < sizes[0]; i++) { \
    for (int64_t j = 0; j < sizes[1]; j++) { \
      ((T *)to)[i * t[0] + j * t[1]] = ((const T *)from)[i * s[0] + j * s[1]]; \
    } \
  }

static void v_copy_plane_of(
    int64_t bytes, const char *from, const int64_t *s, char *to, const int64_t *t,
    const int64_t *sizes) {
  if (bytes == 4) {
    v_copy_plane((const float *)(const void *)from, s, (float *)(void *)to, t, sizes);
  } else if (s[1] == 1 && t[1] == 1) {
    for (int64_t i = 0; i < sizes[0]; i++) {
      memcpy(to + i * t[0] * bytes, from + i * s[0] * bytes, (size_t)(sizes[1] * bytes));
    }
  } else if (bytes == 1) {
    V_PLANE(uint8_t)
  } else if (bytes == 2) {
    V_PLANE(uint16_t)
  } else {
    V_PLANE(uint64_t)
  }
}

/// One box, plane by plane of its two last axes.
static void v_copy_box(
    int64_t bytes, const sluice_piece *piece, const char *source, const int64_t *strides,
    char *target) {
  const int64_t outer = piece->rank > 1 ? piece->rank - 2 : 0;
  int64_t sizes[2] = {1, piece->sizes[piece->rank - 1]}, s[2] = {0, 0}, t[2] = {0, 0};
  for (int64_t d = 0; d < 2 && d < piece->rank; d++) {
    sizes[1 - d] = piece->sizes[piece->rank - 1 - d];
    s[1 - d] = strides[piece->rank - 1 - d];
    t[1 - d] = piece->target_strides[piece->rank - 1 - d];
  }
  const int64_t planes = sluice_product(piece->sizes, outer);
  v_walk from = {{0}, 0}, to = {{0}, 0};
  for (int64_t plane = 0; plane < planes; plane++) {
    v_copy_plane_of(bytes, source + from.offset * bytes, s, target + to.offset * bytes, t, sizes);
    v_advance(&from, piece->sizes, outer, strides);
    v_advance(&to, piece->sizes, outer, piece->target_strides);
  }
}

static int32_t v_assemble(const void *parameters, void *const *operands) {
  static const int64_t nowhere[SLUICE_RANK] = {0};
  const sluice_assemble_parameters *p = parameters;
  char *target = operands[p->sources];
  for (int64_t i = 0; i < p->count; i++) {
    const sluice_piece *piece = &p->pieces[i];
    char *to = target + piece->target_offset * p->element_bytes;
    if (piece->source == SLUICE_PIECE_FILL) {
      _Alignas(8) char fill[sizeof piece->fill];
      memcpy(fill, &piece->fill, sizeof fill);
      v_copy_box(p->element_bytes, piece, fill, nowhere, to);
    } else {
      const char *from = operands[piece->source];
      v_copy_box(
          p->element_bytes, piece, from + piece->source_offset * p->element_bytes,
          piece->source_strides, to);
    }
  }
  return SLUICE_OK;
}

#endif
