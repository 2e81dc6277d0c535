// The inner loop of every packed product: R rows times U vectors of units times G gates,
//
//     out[r][u][g] = start[r][u][g] + Σ_k weights[u][k][g] · x[r][k]
//
// The canonical order: k in segments of V_SEGMENT; the first starts at `start`, each further one at 0
// and is added to what is there; within a segment k in order, one accumulator per output, each term by
// v_fma. It does not depend on R, U or the width, so all tile sizes give the same bits. (One chain over
// all k has an error that grows with K, 1.4e-6 at 0.03 after two products of K = 512.)
//
// Vector v (SLUICE_WIDTH units) of gate g lies, with strip s = v / (16 / width) and the vector's
// place i in it, at
//
//     weights + s · strip_step + k · k_step + g · 16 + i · width
//     out[r] + s · out_step + place(g) + i · width       place(g) = 16 g, `last_gate` for g = G − 1
//
// Tuning: V_ACCUMULATORS vectors are kept in registers (R · U · G at most): 24 of 32, 12 of 16.
#ifndef SLUICE_TILE_H
#define SLUICE_TILE_H

#include "../simd.h"
#include "sluice_packed.h"

enum { V_PER_STRIP = SLUICE_STRIP / SLUICE_WIDTH };

#if SLUICE_WIDTH == 16 || defined(__aarch64__)
#define V_ACCUMULATORS 24
#else
#define V_ACCUMULATORS 12
#endif

/// Up to this many rows a product is bound by the weights' reads, over several strips at once.
enum { V_FEW_ROWS = 4 };
#define V_AHEAD(rows) ((rows) <= V_FEW_ROWS ? 1024 : 4096)

/// Inputs per segment of a sum, and of those the ones between two fetches of weights to come.
enum { V_SEGMENT = 128, V_FETCHED = 8 };

/// Rows whose pointers are gathered before the weights are read.
enum { V_LIST = SLUICE_BATCH_ROWS };

typedef struct v_row_list {
  const float *x[V_LIST];
  float *out[V_LIST];
} v_row_list;

typedef struct v_product v_product;
typedef void (*v_tile_function)(
    v_product *p, int64_t vector, const v_row_list *list, int64_t row);

struct v_product {
  const float *weights;
  int64_t inputs, k_step, strip_step;
  int64_t x_column;
  int64_t out_step, last_gate;
  /// Where the sums start, laid out as a row of `out`; null: from what `out` holds. The second is for
  /// the last gate alone.
  const float *start, *last_start;
  /// Vectors of units; the last holds `tail` of them, and no byte behind them is touched.
  int64_t vectors, tail;
  /// The tile's own weights are fetched V_AHEAD floats ahead.
  int fetches;
  /// Other weights that are fetched meanwhile: `each` lines of 64 bytes per V_FETCHED k, from `line`
  /// on; after `left` lines `gap` floats are passed over and `run` more follow, again and again.
  struct {
    const float *line;
    int64_t each, left, run, gap;
  } ahead;
  /// Not the first inputs: the sums start at 0 and are added to what `out` holds.
  int further;
};

/// Where vector v lies if strips are `step` floats apart.
V_INLINE int64_t v_place(int64_t v, int64_t step) {
  return (int64_t)((uint64_t)v / V_PER_STRIP) * step
         + (int64_t)((uint64_t)v % V_PER_STRIP) * SLUICE_WIDTH;
}

/// The sums of a tile, in registers: every index is a constant once the loops are unrolled. (No array
/// may have R, U or G for its size: that would be one of variable length, which stays in memory.)
enum { V_MOST_ROWS = 8, V_MOST_VECTORS = 8, V_MOST_GATES = 4 };
typedef vf v_tile_sums[V_MOST_ROWS][V_MOST_VECTORS][V_MOST_GATES];

#define V_EACH(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++)

V_INLINE void v_tile_start(
    const int R, const int U, const int G, const int part, const v_product *p, int64_t vector,
    const v_row_list *list, int64_t row, v_tile_sums sum) {
  const int64_t step = p->out_step, last_gate = p->last_gate, tail = p->tail;
  const float *start = p->start, *last_start = p->last_start ? p->last_start : start;
  V_EACH(r, R) {
    const float *from = start ? start : list->out[row + r];
    const float *last = (last_start ? last_start : from) + last_gate;
    V_EACH(u, U) V_EACH(g, G) {
      const float *at = (g == G - 1 ? last : from + g * 16) + v_place(vector + u, step);
      sum[r][u][g] = part && u == U - 1 ? v_load_part(at, tail) : v_load(at);
    }
  }
}

V_INLINE void v_tile_end(
    const int R, const int U, const int G, const int part, const int further, const v_product *p,
    int64_t vector, const v_row_list *list, int64_t row, v_tile_sums sum) {
  const int64_t step = p->out_step, last_gate = p->last_gate, tail = p->tail;
  V_EACH(r, R) {
    float *out = list->out[row + r];
    V_EACH(u, U) V_EACH(g, G) {
      float *to = out + v_place(vector + u, step) + (g == G - 1 ? last_gate : g * 16);
      if (part && u == U - 1) {
        const vf before = further ? v_load_part(to, tail) : v_zero();
        v_store_part(to, further ? before + sum[r][u][g] : sum[r][u][g], tail);
      } else {
        v_store(to, further ? v_load(to) + sum[r][u][g] : sum[r][u][g]);
      }
    }
  }
}

/// Of what goes into the sums, the fewer, rows' values or weights, are kept in registers while the
/// others pass by.
V_INLINE void v_tile_add(
    const int R, const int U, const int G, const float *const *w, const float *const *x,
    int64_t at, int64_t column, v_tile_sums sum) {
  if (R <= U * G) {
    vf value[V_MOST_ROWS];
    V_EACH(r, R) value[r] = v_set(x[r][column]);
    V_EACH(u, U) V_EACH(g, G) {
      const vf weight = v_load(w[u] + at + g * 16);
      V_EACH(r, R) sum[r][u][g] = v_fma(value[r], weight, sum[r][u][g]);
    }
  } else {
    vf weight[V_MOST_VECTORS][V_MOST_GATES];
    V_EACH(u, U) V_EACH(g, G) weight[u][g] = v_load(w[u] + at + g * 16);
    V_EACH(r, R) {
      const vf value = v_set(x[r][column]);
      V_EACH(u, U) V_EACH(g, G) sum[r][u][g] = v_fma(value, weight[u][g], sum[r][u][g]);
    }
  }
}

/// Into the core's own cache, not the first-level one, which the present weights need.
V_INLINE void v_fetch_lines(v_product *p) {
  const float *line = p->ahead.line;
  for (int64_t i = 0; i < p->ahead.each; i++) __builtin_prefetch(line + i * 16, 0, 2);
  p->ahead.line = line + p->ahead.each * 16;
  p->ahead.left -= p->ahead.each;
  if (p->ahead.left > 0) return;
  p->ahead.left = p->ahead.run;
  p->ahead.line += p->ahead.gap;
}

V_INLINE void v_tile_zero(const int R, const int U, const int G, v_tile_sums sum) {
  V_EACH(r, R) V_EACH(u, U) V_EACH(g, G) sum[r][u][g] = v_zero();
}

/// Inputs first ..< end. Nothing but the sums lives on from one turn of the innermost loop to the next:
/// the rows' pointers need the registers.
V_INLINE void v_tile_segment(
    const int R, const int U, const int G, v_product *p, const float *const *w,
    const float *const *x, int64_t first, int64_t end, v_tile_sums sum) {
  const int64_t k_step = p->k_step, x_column = p->x_column;
  if (p->fetches) {
    for (int64_t k = first; k < end; k++) {
      V_EACH(u, U) V_EACH(g, G) __builtin_prefetch(w[u] + k * k_step + g * 16 + V_AHEAD(R));
      v_tile_add(R, U, G, w, x, k * k_step, k * x_column, sum);
    }
    return;
  }
  for (int64_t k = first; k < end;) {
    const int64_t stop = end - k < V_FETCHED ? end : k + V_FETCHED;
    if (p->ahead.each) v_fetch_lines(p);
    _Pragma("clang loop unroll(disable)") for (; k < stop; k++) {
      v_tile_add(R, U, G, w, x, k * k_step, k * x_column, sum);
    }
  }
}

/// Inputs first ..< end onto what there is: the start of the sums, or (`further`) those of the inputs
/// before.
V_INLINE void v_tile_step(
    const int R, const int U, const int G, const int part, const int further, v_product *p,
    const float *const *w, const float *const *x, int64_t first, int64_t end, int64_t vector,
    const v_row_list *list, int64_t row) {
  v_tile_sums sum;
  if (further) {
    v_tile_zero(R, U, G, sum);
  } else {
    v_tile_start(R, U, G, part, p, vector, list, row, sum);
  }
  v_tile_segment(R, U, G, p, w, x, first, end, sum);
  v_tile_end(R, U, G, part, further, p, vector, list, row, sum);
}

/// Rows row ..< row + R of the list, vectors vector ..< vector + U. R, U and G are constants.
V_INLINE void v_tile(
    const int R, const int U, const int G, v_product *p, int64_t vector, const v_row_list *list,
    int64_t row) {
  const float *w[V_MOST_VECTORS], *x[V_MOST_ROWS];
  V_EACH(u, U) w[u] = p->weights + v_place(vector + u, p->strip_step);
  V_EACH(r, R) x[r] = list->x[row + r];
  const int part = vector + U == p->vectors && p->tail < SLUICE_WIDTH;
  int further = p->further;
  int64_t first = 0;
  do {
    const int64_t left = p->inputs - first, end = left < V_SEGMENT ? p->inputs : first + V_SEGMENT;
    if (part) {
      v_tile_step(R, U, G, 1, further, p, w, x, first, end, vector, list, row);
    } else if (further) {
      v_tile_step(R, U, G, 0, 1, p, w, x, first, end, vector, list, row);
    } else {
      v_tile_step(R, U, G, 0, 0, p, w, x, first, end, vector, list, row);
    }
    further = 1;
    first = end;
  } while (first < p->inputs);
}

#undef V_EACH

// X(R, U, G) for every tile that is compiled. One row, where latency counts, has every U.
#if V_ACCUMULATORS == 24
#define V_EVERY_TILE(X) \
  X(1, 1, 1) X(1, 2, 1) X(1, 3, 1) X(1, 4, 1) X(1, 5, 1) X(1, 6, 1) X(1, 7, 1) X(1, 8, 1) \
  X(2, 1, 1) X(2, 2, 1) X(2, 4, 1) X(2, 8, 1) X(3, 1, 1) X(3, 2, 1) X(3, 4, 1) X(3, 8, 1) \
  X(4, 1, 1) X(4, 2, 1) X(4, 4, 1) X(5, 1, 1) X(5, 2, 1) X(5, 4, 1) X(6, 1, 1) X(6, 2, 1) \
  X(6, 4, 1) X(7, 1, 1) X(7, 2, 1) X(7, 3, 1) X(8, 1, 1) X(8, 2, 1) X(8, 3, 1) \
  X(1, 1, 2) X(1, 2, 2) X(1, 3, 2) X(1, 4, 2) X(1, 5, 2) X(1, 6, 2) X(1, 7, 2) X(1, 8, 2) \
  X(2, 1, 2) X(2, 2, 2) X(2, 4, 2) X(3, 1, 2) X(3, 2, 2) X(3, 4, 2) X(4, 1, 2) X(4, 2, 2) \
  X(5, 1, 2) X(5, 2, 2) X(6, 1, 2) X(6, 2, 2) X(7, 1, 2) X(8, 1, 2) \
  X(1, 1, 3) X(1, 2, 3) X(1, 3, 3) X(1, 4, 3) X(1, 5, 3) X(1, 6, 3) X(1, 7, 3) X(1, 8, 3) \
  X(2, 1, 3) X(2, 2, 3) X(2, 4, 3) X(3, 1, 3) X(3, 2, 3) X(4, 1, 3) X(4, 2, 3) X(5, 1, 3) \
  X(6, 1, 3) X(7, 1, 3) X(8, 1, 3) \
  X(1, 1, 4) X(1, 2, 4) X(1, 3, 4) X(1, 4, 4) X(1, 5, 4) X(1, 6, 4) X(2, 1, 4) X(2, 2, 4) \
  X(2, 3, 4) X(3, 1, 4) X(3, 2, 4) X(4, 1, 4) X(5, 1, 4) X(6, 1, 4)
#else
#define V_EVERY_TILE(X) \
  X(1, 1, 1) X(1, 2, 1) X(1, 3, 1) X(1, 4, 1) X(1, 5, 1) X(1, 6, 1) X(1, 7, 1) X(1, 8, 1) \
  X(2, 1, 1) X(2, 2, 1) X(2, 4, 1) X(2, 6, 1) X(3, 1, 1) X(3, 2, 1) X(3, 4, 1) X(4, 1, 1) \
  X(4, 2, 1) X(4, 3, 1) X(5, 1, 1) X(5, 2, 1) X(6, 1, 1) X(6, 2, 1) \
  X(1, 1, 2) X(1, 2, 2) X(1, 3, 2) X(1, 4, 2) X(1, 5, 2) X(1, 6, 2) X(2, 1, 2) X(2, 2, 2) \
  X(2, 3, 2) X(3, 1, 2) X(3, 2, 2) X(4, 1, 2) X(5, 1, 2) X(6, 1, 2) \
  X(1, 1, 3) X(1, 2, 3) X(1, 3, 3) X(1, 4, 3) X(2, 1, 3) X(2, 2, 3) X(3, 1, 3) X(4, 1, 3) \
  X(1, 1, 4) X(1, 2, 4) X(1, 3, 4) X(2, 1, 4) X(3, 1, 4)
#endif

#define V_TILE(R, U, G) \
  static void v_tile_##R##_##U##_##G( \
      v_product *p, int64_t vector, const v_row_list *list, int64_t row) { \
    v_tile(R, U, G, p, vector, list, row); \
  }
V_EVERY_TILE(V_TILE)
#undef V_TILE

/// Null where there is no such tile.
static const v_tile_function v_tiles[5][9][9] = {
#define V_ENTRY(R, U, G) [G][R][U] = v_tile_##R##_##U##_##G,
    V_EVERY_TILE(V_ENTRY)
#undef V_ENTRY
};

#endif
