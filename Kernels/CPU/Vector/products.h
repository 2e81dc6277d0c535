// Cuts a product into tiles (tile.h): rows in equal parts of at most V_ACCUMULATORS / G, at most 8;
// then groups of vectors, outermost, so that a group's weights come from memory once and from the
// caches for every further tile of rows.
//
// Where there are several rows and the weights come from memory, the sums are taken V_CHUNK k at a
// time, a segment of the sums (tile.h), over V_STRIPS strips: each chunk goes through all rows while the
// next is fetched, and the sums so far wait in the output. The order of k stays, and so do the bits.
#ifndef SLUICE_VECTOR_PRODUCTS_H
#define SLUICE_VECTOR_PRODUCTS_H

#include "tile.h"

/// Floats of weights from which on they do not stay in a core's own cache, and in no cache at all.
enum { V_CACHED = 1 << 17, V_SHARED = 1 << 21 };
enum { V_CHUNK = V_SEGMENT, V_STRIPS = 8 };

/// Most rows of one tile.
V_INLINE int64_t v_most_rows(int gates) {
  // Two rows' weights and inputs have to fit beside the sums where there are 16 registers.
  return V_ACCUMULATORS == 24 ? (gates == 4 ? 6 : 8) : gates < 3 ? 6 : 12 / gates;
}

/// Rows of one tile where there are `rows`: equal parts.
V_INLINE int64_t v_rows_per_tile(int64_t rows, int gates) {
  const int64_t most = v_most_rows(gates);
  if (rows <= most) return rows;
  const int64_t tiles = (rows + most - 1) / most;
  return (rows + tiles - 1) / tiles;
}

/// The next vectors to take of `left`: equal parts where every size is there, else the largest.
V_INLINE int64_t v_vectors_per_tile(const v_tile_function *sizes, int64_t left) {
  if (left <= V_MOST_VECTORS && sizes[left]) return left;
  int64_t most = V_MOST_VECTORS;
  while (!sizes[most]) most--;
  const int64_t parts = (left + most - 1) / most, even = (left + parts - 1) / parts;
  if (sizes[even]) return even;
  int64_t size = left < most ? left : most;
  while (!sizes[size]) size--;
  return size;
}

/// The one tile that does it all, where there is one and the weights stay in the caches; else null.
V_INLINE v_tile_function v_single_tile(const v_product *p, int gates, int64_t rows) {
  const int64_t floats = p->vectors * SLUICE_WIDTH * gates * p->inputs;
  const int small = rows <= v_most_rows(gates) && p->vectors <= V_MOST_VECTORS && floats <= V_CACHED;
  return small ? v_tiles[gates][rows][p->vectors] : NULL;
}

/// Rows row ..< row + count and `size` vectors; fewer rows than the size was chosen for have a tile
/// of it, or of its parts.
V_INLINE void v_rows_tile(
    const v_product *p, int gates, const v_row_list *list, int64_t row, int64_t count,
    int64_t vector, int64_t size) {
  for (int64_t done = 0; done < size;) {
    int64_t next = size - done;
    while (!v_tiles[gates][count][next]) next--;
    v_tiles[gates][count][next](p, vector + done, list, row);
    done += next;
  }
}

/// All rows, `step` per tile, of vectors vector ..< vector + size; what is fetched ahead moves on.
V_INLINE void v_vectors_tile(
    v_product *p, int gates, const v_row_list *list, int64_t rows, int64_t step, int64_t vector,
    int64_t size) {
  for (int64_t row = 0; row < rows; row += step) {
    v_rows_tile(p, gates, list, row, rows - row < step ? rows - row : step, vector, size);
    if (p->ahead_strips) p->ahead += p->ahead_lines * p->inputs / p->ahead_strips * 16;
  }
}

/// Likewise for vectors first ..< end.
static void v_group(
    v_product *p, int gates, const v_row_list *list, int64_t rows, int64_t step, int64_t first,
    int64_t end) {
  for (int64_t v = first; v < end;) {
    const int64_t size = v_vectors_per_tile(v_tiles[gates][step], end - v);
    v_vectors_tile(p, gates, list, rows, step, v, size);
    v += size;
  }
}

/// Steps taken by this thread. Weights larger than the core's own cache are read forward and backward
/// in turns: what the last pass left there is where the next begins. No sum depends on it.
static _Thread_local uint32_t v_turns;

static void v_group_in_turns(
    v_product *p, int gates, const v_row_list *list, int64_t rows, int64_t step) {
  if (v_turns % 2 == 0) {
    v_group(p, gates, list, rows, step, 0, p->vectors);
    return;
  }
  for (int64_t v = p->vectors; v > 0;) {
    const int64_t size = v_vectors_per_tile(v_tiles[gates][step], v);
    v -= size;
    v_vectors_tile(p, gates, list, rows, step, v, size);
  }
}

/// The vectors of one group of strips, chunk by chunk; `next` is where the group behind it begins.
static void v_chunks(
    const v_product *whole, int gates, const v_row_list *rows_of, int64_t rows, int64_t step,
    int64_t first, int64_t end, const float *next) {
  v_product p = *whole;
  v_row_list list = *rows_of;
  const int64_t tiles = (rows + step - 1) / step;
  p.ahead_lines = (gates + tiles - 1) / tiles;
  p.ahead_strips = V_STRIPS;
  for (int64_t k = 0; k < whole->inputs; k += V_CHUNK) {
    const int64_t left = whole->inputs - k;
    p.inputs = left < V_CHUNK ? left : V_CHUNK;
    p.ahead = left > V_CHUNK ? p.weights + v_place(first, p.strip_step) + V_CHUNK * p.k_step : next;
    v_group(&p, gates, &list, rows, step, first, end);
    p.further = 1;
    p.weights += V_CHUNK * p.k_step;
    for (int64_t i = 0; i < rows; i++) list.x[i] += V_CHUNK * p.x_column;
  }
}

/// Rows 0 ..< rows of the list, at most V_LIST of them, with `gates` (1 … 4) gates each.
static void v_products(const v_product *whole, int gates, const v_row_list *list, int64_t rows) {
  if (rows == 0) return;
  const int64_t step = v_rows_per_tile(rows, gates);
  const int64_t floats = whole->vectors * SLUICE_WIDTH * gates * whole->inputs;
  if (rows <= V_FEW_ROWS || floats <= V_SHARED) {
    v_product p = *whole;
    p.ahead_lines = floats > V_CACHED;
    v_group_in_turns(&p, gates, list, rows, step);
    return;
  }
  for (int64_t v = 0; v < whole->vectors; v += V_STRIPS * V_PER_STRIP) {
    const int64_t behind = v + V_STRIPS * V_PER_STRIP;
    v_chunks(
        whole, gates, list, rows, step, v, behind < whole->vectors ? behind : whole->vectors,
        whole->weights + v_place(behind, whole->strip_step));
  }
}

#endif
