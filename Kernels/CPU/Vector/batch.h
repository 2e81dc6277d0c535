// A batch of rows that go through a recurrence together (recurrence.h): what is known of them, where
// their states and outputs are, how they begin and end.
#ifndef SLUICE_VECTOR_BATCH_H
#define SLUICE_VECTOR_BATCH_H

#include "activation.h"
#include "products.h"

/// One direction of a batch.
typedef struct v_direction {
  const float *w, *bias;
  /// U's product over all gates, and the tile that does it all, or null.
  v_product product;
  v_tile_function single;
  /// Hidden states in, the sums of the present step out.
  v_row_list list;
  const sluice_activation *f;
  const float *peepholes;
  int usual, reverse;
  float *sums;            // [chunk, rows, slots · width]
  float *hidden, *cell;   // [rows, width]
} v_direction;

typedef struct v_batch {
  const sluice_packed_recurrence_parameters *p;
  int64_t gates, slots;
  /// Rows; units rounded up to whole strips; vectors of units; floats of a row of sums.
  int64_t rows, width, vectors, row_floats;
  float *spare;  // [rows, width]
  /// W x is taken with U h, in one pass of both weights: one step at a time, few rows, much to read.
  int together;
  const float *x[V_LIST];
  /// Where a row's outputs of the first direction begin; null without Y.
  float *y[V_LIST];
  int64_t lengths[V_LIST];
  v_direction directions[2];
} v_batch;

/// One step of one direction.
typedef void (*v_batch_step)(const v_batch *b, const v_direction *d, int64_t step);

V_INLINE int64_t v_slot_place(const v_batch *b, int64_t v) {
  return v_place(v, b->slots * SLUICE_STRIP);
}

/// −1 where row i rests.
V_INLINE int64_t v_position(const v_batch *b, const v_direction *d, int64_t step, int64_t i) {
  if (step >= b->lengths[i]) return -1;
  return d->reverse ? b->lengths[i] - 1 - step : step;
}

/// Where the output of row i at position t goes; null without Y.
V_INLINE float *v_output(const v_batch *b, const v_direction *d, int64_t i, int64_t t) {
  const int64_t direction = d - b->directions;
  return b->y[i] ? b->y[i] + direction * b->p->y_direction + t * b->p->y_step : NULL;
}

V_INLINE void v_store_units(const v_batch *b, float *y, int64_t vector, vf value) {
  const int64_t unit = vector * SLUICE_WIDTH, left = b->p->hidden - unit;
  if (left >= SLUICE_WIDTH) {
    v_store(y + unit, value);
  } else {
    v_store_part(y + unit, value, left);
  }
}

/// A stream's row.
typedef struct v_row {
  int64_t stream, m;
} v_row;

V_INLINE void v_next_row(const sluice_packed_recurrence_parameters *p, v_row *row) {
  if (++row->m == p->rows) *row = (v_row){row->stream + 1, 0};
}

static int32_t v_check_lengths(
    const sluice_packed_recurrence_parameters *p, void *const *const *operands, int64_t streams) {
  for (int64_t stream = 0; stream < streams; stream++) {
    const int32_t *lengths = operands[stream][4];
    for (int64_t m = 0; lengths && m < p->rows; m++) {
      if (lengths[m] < 0 || lengths[m] > p->length) return SLUICE_LENGTH_OUT_OF_RANGE;
    }
  }
  return SLUICE_OK;
}

/// A state into the workspace; zeros where there is none.
V_INLINE void v_begin_state(const float *from, float *state, int64_t count) {
  if (from) {
    memcpy(state, from, (size_t)count * sizeof(float));
  } else {
    memset(state, 0, (size_t)count * sizeof(float));
  }
}

/// Pointers and states of the batch's rows, from `row` on. `y` is the number of Y's operand.
static void v_begin_rows(v_batch *b, void *const *const *operands, v_row row, int64_t y) {
  const sluice_packed_recurrence_parameters *p = b->p;
  for (int64_t i = 0; i < b->rows; i++, v_next_row(p, &row)) {
    void *const *of = operands[row.stream];
    const int32_t *lengths = of[4];
    b->x[i] = (const float *)of[0] + row.m * p->x_row;
    b->y[i] = of[y] ? (float *)of[y] + row.m * p->y_row : NULL;
    b->lengths[i] = lengths ? lengths[row.m] : p->length;
    for (int64_t n = 0; n < p->directions; n++) {
      v_direction *d = &b->directions[n];
      const int64_t from = n * p->initial_direction + row.m * p->initial_row;
      const float *hidden = of[5], *cell = of[6];
      d->list.x[i] = d->hidden + i * b->width;
      v_begin_state(hidden ? hidden + from : NULL, d->hidden + i * b->width, p->hidden);
      if (!d->cell) continue;
      v_begin_state(cell ? cell + from : NULL, d->cell + i * b->width, p->hidden);
    }
  }
}

/// Last states out of the workspace; zeros in Y behind each row's length.
static void v_end_rows(const v_batch *b, void *const *const *operands, v_row row, int64_t y) {
  const sluice_packed_recurrence_parameters *p = b->p;
  const size_t bytes = (size_t)p->hidden * sizeof(float);
  for (int64_t i = 0; i < b->rows; i++, v_next_row(p, &row)) {
    for (int64_t n = 0; n < p->directions; n++) {
      const v_direction *d = &b->directions[n];
      const int64_t to = n * p->last_direction + row.m * p->last_row;
      float *last = operands[row.stream][y + 1];
      if (last) memcpy(last + to, d->hidden + i * b->width, bytes);
      float *last_cell = d->cell ? operands[row.stream][y + 2] : NULL;
      if (last_cell) memcpy(last_cell + to, d->cell + i * b->width, bytes);
      for (int64_t t = b->lengths[i]; b->y[i] && t < p->length; t++) {
        memset(v_output(b, d, i, t), 0, bytes);
      }
    }
  }
}

#endif
