// Cuts a product into tiles (tile.h): rows in equal parts of at most V_ACCUMULATORS / G, at most 8;
// then vectors, outermost, so that their weights come from memory once.
//
// Where there are several tiles of rows and the weights do not stay in the core's own cache, the sums
// are taken a segment (tile.h) at a time, over the strips of one tile: such a block of weights, 24 KB
// of a GRU's, stays in the first-level cache while all rows pass, each fetching its part of the next
// block; the sums so far wait in the output. The order of k stays, and so do the bits.
#ifndef SLUICE_VECTOR_PRODUCTS_H
#define SLUICE_VECTOR_PRODUCTS_H

#include "tile.h"

/// Floats of weights from which on they do not stay in a core's own cache; of which no part stays that is
/// worth a turn; and of the group of vectors that a turn begins with again.
enum { V_CACHED = 1 << 17, V_TURNED = 1 << 21, V_TURN = 3 << 16 };

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
    v_product *p, int gates, const v_row_list *list, int64_t row, int64_t count,
    int64_t vector, int64_t size) {
  for (int64_t done = 0; done < size;) {
    int64_t next = size - done;
    while (!v_tiles[gates][count][next]) next--;
    v_tiles[gates][count][next](p, vector + done, list, row);
    done += next;
  }
}

/// All rows, `step` per tile, of vectors vector ..< vector + size.
V_INLINE void v_vectors_tile(
    v_product *p, int gates, const v_row_list *list, int64_t rows, int64_t step,
    int64_t vector, int64_t size) {
  for (int64_t row = 0; row < rows; row += step) {
    v_rows_tile(p, gates, list, row, rows - row < step ? rows - row : step, vector, size);
  }
}

/// A product and whose rows it is for.
typedef struct v_part {
  v_product product;
  const v_row_list *list;
} v_part;

/// Most vectors of one tile: where turns pay, no more than stay in the core's own cache, whose last group
/// is the first of the next step.
V_INLINE int64_t v_most_vectors(const v_part *parts, int count, int gates) {
  int64_t floats = 0;
  for (int i = 0; i < count; i++) floats += SLUICE_WIDTH * gates * parts[i].product.inputs;
  if (floats * parts[0].product.vectors > V_TURNED) return V_MOST_VECTORS;
  const int64_t most = V_TURN / (floats > 0 ? floats : 1);
  return most < 1 ? 1 : most < V_MOST_VECTORS ? most : V_MOST_VECTORS;
}

/// All k at once, vectors outermost, in turns from the first and from the last; of each group of vectors
/// one part after the other, which continue each other's sums.
static void v_in_turns(v_part *parts, int count, int gates, int64_t rows) {
  const int64_t step = v_rows_per_tile(rows, gates), vectors = parts[0].product.vectors;
  const int64_t most = v_most_vectors(parts, count, gates);
  const v_tile_function *sizes = v_tiles[gates][step];
  for (int64_t done = 0; done < vectors;) {
    const int64_t left = vectors - done;
    const int64_t size = v_vectors_per_tile(sizes, left < most ? left : most);
    const int64_t v = sluice_turns % 2 == 0 ? done : left - size;
    for (int i = 0; i < count; i++) {
      v_vectors_tile(&parts[i].product, gates, parts[i].list, rows, step, v, size);
    }
    done += size;
  }
}

/// Vectors first ..< end of one block of weights, p's inputs, while the next, at `next`, is fetched.
V_INLINE void v_block(
    v_product *p, int gates, const v_row_list *list, int64_t rows, int64_t step, int64_t first,
    int64_t end, const float *next) {
  const v_tile_function *sizes = v_tiles[gates][step];
  const int64_t strips = (end - first + V_PER_STRIP - 1) / V_PER_STRIP;
  // Where weights do not lie in strips, what is next is not fetched.
  int64_t lines = p->k_step == gates * SLUICE_STRIP ? strips * gates * V_FETCHED : 0;
  int64_t tiles = (rows + step - 1) / step * (end - first);
  p->ahead.line = next;
  p->ahead.left = p->ahead.run = gates * p->inputs;
  p->ahead.gap = p->strip_step - p->ahead.run * 16;
  for (int64_t v = first; v < end;) {
    const int64_t size = v_vectors_per_tile(sizes, end - v);
    for (int64_t row = 0; row < rows; row += step) {
      p->ahead.each = (lines * size + tiles - 1) / tiles;
      v_rows_tile(p, gates, list, row, rows - row < step ? rows - row : step, v, size);
      lines -= p->ahead.each;
      tiles -= size;
    }
    v += size;
  }
}

/// Segment by segment of k, the strips of one tile at a time.
static void v_in_blocks(
    const v_product *whole, int gates, const v_row_list *list, int64_t rows, int64_t step) {
  const int64_t size = v_vectors_per_tile(v_tiles[gates][step], V_MOST_VECTORS);
  const int64_t group = (size + V_PER_STRIP - 1) / V_PER_STRIP * V_PER_STRIP;
  for (int64_t v = 0; v < whole->vectors; v += group) {
    const int64_t left = whole->vectors - v, end = v + (left < group ? left : group);
    v_product p = *whole;
    v_row_list part = *list;
    for (int64_t k = 0; k < whole->inputs; k += V_SEGMENT) {
      const int64_t inputs = whole->inputs - k;
      p.inputs = inputs < V_SEGMENT ? inputs : V_SEGMENT;
      const float *here = p.weights + V_SEGMENT * p.k_step;
      v_block(
          &p, gates, &part, rows, step, v, end,
          inputs > V_SEGMENT ? here + v_place(v, p.strip_step)
                             : whole->weights + v_place(v + group, p.strip_step));
      p.further = 1;
      p.weights = here;
      for (int64_t i = 0; i < rows; i++) part.x[i] += V_SEGMENT * p.x_column;
    }
  }
}

/// Rows 0 ..< rows of the list, at most V_LIST of them, with `gates` (1 … 4) gates each.
static void v_products(const v_product *whole, int gates, const v_row_list *list, int64_t rows) {
  if (rows == 0) return;
  const int64_t step = v_rows_per_tile(rows, gates);
  const int64_t floats = whole->vectors * SLUICE_WIDTH * gates * whole->inputs;
  if (rows > step && floats > V_CACHED) {
    v_in_blocks(whole, gates, list, rows, step);
  } else {
    v_part part = {*whole, list};
    part.product.fetches = floats > V_CACHED;
    v_in_turns(&part, 1, gates, rows);
  }
}

#endif
