// What the packed GRU, LSTM and RNN share. The rows of all streams form one list, cut into batches of
// equal size and at most V_LIST rows; a batch goes through all steps before the next begins:
//
//     s = 0 …:  where s is a multiple of chunk, for each direction, the rows of the next steps:
//                   sums[s][i] = bias + W x_i(s)
//               for each direction, all rows of the batch in one pass of U:
//                   sums[s][i] continue with U h_i                         (tile.h: one order of k)
//               for each direction, row by row:
//                   gate update: h_i and, at the row's position, Y
//
// Row m of a stream is at position t = s forward, t = length(m) − 1 − s in a reverse direction, and
// rests once s ≥ length(m). A row of sums is [strip][slot][16] with one slot per gate; GRUs have a
// fourth, where c_n + U_n h stays apart. The gate updates of both directions follow each other, so that
// the processor works on the second while the first waits for its exponentials.
#ifndef SLUICE_VECTOR_RECURRENCE_H
#define SLUICE_VECTOR_RECURRENCE_H

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

/// What both products of a recurrence have in common.
V_INLINE v_product v_gate_product(const v_batch *b, const float *weights, int64_t inputs) {
  return (v_product){
      .weights = weights, .inputs = inputs, .k_step = b->gates * SLUICE_STRIP,
      .strip_step = inputs * b->gates * SLUICE_STRIP, .x_column = 1,
      .out_step = b->slots * SLUICE_STRIP, .last_gate = (b->gates - 1) * SLUICE_STRIP,
      .vectors = b->vectors, .tail = SLUICE_WIDTH};
}

/// sums = bias + W x for `steps` steps from `step` on, a multiple of the chunk.
static void v_input_products(
    const v_batch *b, const v_direction *d, int64_t step, int64_t steps) {
  v_product product = v_gate_product(b, d->w, b->p->inputs);
  product.x_column = b->p->x_column;
  product.start = d->bias;
  float *sums = d->sums;
  v_row_list list;
  int64_t count = 0;
  for (int64_t s = step; s < step + steps; s++) {
    for (int64_t i = 0; i < b->rows; i++, sums += b->row_floats) {
      const int64_t t = v_position(b, d, s, i);
      list.x[count] = b->x[i] + (t < 0 ? 0 : t) * b->p->x_step;
      list.out[count] = sums;
      if (++count < V_LIST) continue;
      v_products(&product, (int)b->gates, &list, count);
      count = 0;
    }
  }
  v_products(&product, (int)b->gates, &list, count);
}

/// The rows of sums of the present step.
V_INLINE void v_point_at_step(const v_batch *b, v_direction *d, int64_t step) {
  float *sums = d->sums + step * b->rows * b->row_floats;
  for (int64_t i = 0; i < b->rows; i++, sums += b->row_floats) d->list.out[i] = sums;
}

/// Sums of all gates continue with U h.
V_INLINE void v_state_products(const v_batch *b, const v_direction *d, int gates) {
  if (d->single) {
    d->single(&d->product, 0, &d->list, 0);
  } else {
    v_products(&d->product, gates, &d->list, b->rows);
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

/// What does not depend on the rows: weights, workspace, the kind of gates.
static void v_begin_directions(
    v_batch *b, sluice_cell cell, void *const *operands, float *workspace) {
  const sluice_packed_recurrence_parameters *p = b->p;
  const int64_t usuals = cell == SLUICE_CELL_GRU ? 2 : cell == SLUICE_CELL_LSTM ? 3 : 1;
  const int64_t state = b->rows * b->width;
  for (int64_t n = 0; n < p->directions; n++) {
    v_direction *d = &b->directions[n];
    const float *u = (const float *)operands[2] + n * b->gates * b->width * p->hidden;
    d->w = (const float *)operands[1] + n * b->gates * b->width * p->inputs;
    d->bias = (const float *)operands[3] + n * b->slots * b->width;
    d->peepholes = NULL;
    if (cell == SLUICE_CELL_LSTM && operands[7]) {
      d->peepholes = (const float *)operands[7] + n * 3 * p->hidden;
    }
    d->f = p->activations + n * usuals;
    d->usual = v_usual(d->f, usuals, p->clip, cell == SLUICE_CELL_RNN);
    d->reverse = p->reverse || n == 1;
    d->product = v_gate_product(b, u, p->hidden);
    if (cell == SLUICE_CELL_GRU && p->option) {
      d->product.last_gate = 3 * SLUICE_STRIP;
      d->product.last_start = d->bias;
    }
    d->single = v_single_tile(&d->product, (int)b->gates, b->rows);
    d->sums = workspace;
    d->hidden = d->sums + p->chunk * b->rows * b->row_floats;
    d->cell = cell == SLUICE_CELL_LSTM ? d->hidden + state : NULL;
    workspace = d->hidden + state * (d->cell ? 2 : 1);
  }
  b->spare = workspace;
}

/// All steps of a batch.
V_INLINE void v_run_batch(v_batch *b, v_batch_step products, v_batch_step update) {
  const sluice_packed_recurrence_parameters *p = b->p;
  const int64_t directions = p->directions;
  for (int64_t begin = 0; begin < p->length; begin += p->chunk) {
    const int64_t steps = p->length - begin < p->chunk ? p->length - begin : p->chunk;
    for (int64_t n = 0; n < directions; n++) {
      v_input_products(b, &b->directions[n], begin, steps);
    }
    for (int64_t s = 0; s < steps; s++) {
      for (int64_t n = 0; n < directions; n++) {
        v_point_at_step(b, &b->directions[n], s);
        products(b, &b->directions[n], begin + s);
      }
      for (int64_t n = 0; n < directions; n++) update(b, &b->directions[n], begin + s);
      v_turns++;
    }
  }
}

/// Takes all rows of all streams through all steps.
V_INLINE int32_t v_recur(
    const void *parameters, void *const *const *operands, int64_t streams, sluice_cell cell,
    v_batch_step products, v_batch_step update) {
  const sluice_packed_recurrence_parameters *p = parameters;
  const int32_t status = v_check_lengths(p, operands, streams);
  const int64_t total = streams * p->rows, y = cell == SLUICE_CELL_LSTM ? 8 : 6;
  if (status != SLUICE_OK || total == 0) return status;
  v_batch b;
  b.p = p;
  b.gates = cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
  b.slots = cell == SLUICE_CELL_GRU ? 4 : b.gates;
  b.width = (p->hidden + SLUICE_STRIP - 1) / SLUICE_STRIP * SLUICE_STRIP;
  b.vectors = (p->hidden + SLUICE_WIDTH - 1) / SLUICE_WIDTH;
  b.row_floats = b.slots * b.width;
  const int64_t batches = (total + V_LIST - 1) / V_LIST, size = (total + batches - 1) / batches;
  float *workspace = operands[0][cell == SLUICE_CELL_LSTM ? 11 : 8];
  v_row row = {0, 0};
  for (int64_t done = 0; done < total; done += b.rows) {
    b.rows = total - done < size ? total - done : size;
    v_begin_directions(&b, cell, operands[0], workspace);
    v_begin_rows(&b, operands, row, y);
    v_run_batch(&b, products, update);
    v_end_rows(&b, operands, row, y);
    for (int64_t i = 0; i < b.rows; i++) v_next_row(p, &row);
  }
  return SLUICE_OK;
}

#endif
