// Cuts a product into tiles (tile.h): rows in equal parts of at most V_ACCUMULATORS / G, at most 8;
// then groups of vectors, outermost, so that a group's weights come from memory once and from the
// caches for every further tile of rows.
#ifndef SLUICE_VECTOR_PRODUCTS_H
#define SLUICE_VECTOR_PRODUCTS_H

#include "tile.h"

/// Rows of one tile where there are `rows`.
V_INLINE int64_t v_rows_per_tile(int64_t rows, int gates) {
  // Two rows' weights and inputs have to fit beside the sums where there are 16 registers.
  const int64_t most = V_ACCUMULATORS == 24 ? (gates == 4 ? 6 : 8) : gates < 3 ? 6 : 12 / gates;
  const int64_t tiles = (rows + most - 1) / most;
  return (rows + tiles - 1) / tiles;
}

/// The next vectors to take of `left`: equal parts where every size is there, else the largest.
V_INLINE int64_t v_vectors_per_tile(const v_tile_function *sizes, int64_t left) {
  int64_t most = 8;
  while (!sizes[most]) most--;
  const int64_t parts = (left + most - 1) / most, even = (left + parts - 1) / parts;
  if (sizes[even]) return even;
  int64_t size = left < most ? left : most;
  while (!sizes[size]) size--;
  return size;
}

/// Rows 0 ..< rows of the list, at most V_LIST of them, with `gates` (1 … 4) gates each.
static void v_products(const v_product *p, int gates, const v_row_list *list, int64_t rows) {
  if (rows == 0) return;
  const int64_t step = v_rows_per_tile(rows, gates);
  const v_tile_function *whole = v_tiles[gates][step];
  for (int64_t v = 0; v < p->vectors;) {
    const int64_t size = v_vectors_per_tile(whole, p->vectors - v);
    for (int64_t row = 0; row < rows; row += step) {
      const int64_t count = rows - row < step ? rows - row : step;
      // Fewer rows have a tile of every size that more rows have, or of its halves.
      for (int64_t done = 0; done < size;) {
        int64_t next = size - done;
        while (!v_tiles[gates][count][next]) next--;
        v_tiles[gates][count][next](p, v + done, list, row);
        done += next;
      }
    }
    v += size;
  }
}

#endif
