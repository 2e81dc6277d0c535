// What the packed GRU, LSTM and RNN share. The rows of all streams form one list, cut into batches of
// equal size and at most V_LIST rows; a batch goes through all steps before the next begins:
//
//     s = 0 …:  where s is a multiple of chunk, for each direction, the rows of the next steps:
//                   sums[s][i] = bias + W x_i(s)                       (`projected`: W x is there)
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

#include "batch.h"

/// What both products of a recurrence have in common.
V_INLINE v_product v_gate_product(const v_batch *b, const float *weights, int64_t inputs) {
  return (v_product){
      .weights = weights, .inputs = inputs, .k_step = b->gates * SLUICE_STRIP,
      .strip_step = inputs * b->gates * SLUICE_STRIP, .x_column = 1,
      .out_step = b->slots * SLUICE_STRIP, .last_gate = (b->gates - 1) * SLUICE_STRIP,
      .vectors = b->vectors, .tail = SLUICE_WIDTH};
}

/// sums = bias + W x where X is W x already, of one row.
V_INLINE void v_take_product(
    const v_batch *b, const v_direction *d, const float *from, float *sums) {
  for (int64_t v = 0; v < b->vectors; v++) {
    const int64_t unit = v * SLUICE_WIDTH, left = b->p->hidden - unit;
    const int64_t n = left < SLUICE_WIDTH ? left : SLUICE_WIDTH;
    for (int64_t g = 0; g < b->gates; g++) {
      const int64_t at = v_slot_place(b, v) + g * SLUICE_STRIP;
      const vf product = v_load_part(from + g * b->p->hidden + unit, n);
      v_store(sums + at, v_load(d->bias + at) + product);
    }
  }
}

static void v_take_products(
    const v_batch *b, const v_direction *d, int64_t step, int64_t steps) {
  const int64_t direction = (d - b->directions) * b->p->x_direction;
  float *sums = d->sums;
  for (int64_t s = step; s < step + steps; s++) {
    for (int64_t i = 0; i < b->rows; i++, sums += b->row_floats) {
      const int64_t t = v_position(b, d, s, i);
      if (t >= 0) v_take_product(b, d, b->x[i] + direction + t * b->p->x_step, sums);
    }
  }
}

V_INLINE v_product v_input_product(const v_batch *b, const v_direction *d) {
  v_product product = v_gate_product(b, d->w, b->p->inputs);
  product.x_column = b->p->x_column;
  product.start = d->bias;
  return product;
}

/// sums = bias + W x for `steps` steps from `step` on, a multiple of the chunk.
static void v_input_products(
    const v_batch *b, const v_direction *d, int64_t step, int64_t steps) {
  const v_product product = v_input_product(b, d);
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

/// sums = bias + W x + U h of one step.
static void v_both_products(const v_batch *b, const v_direction *d, int gates, int64_t step) {
  v_row_list inputs = d->list;
  for (int64_t i = 0; i < b->rows; i++) {
    const int64_t t = v_position(b, d, step, i);
    inputs.x[i] = b->x[i] + (t < 0 ? 0 : t) * b->p->x_step;
  }
  v_part parts[] = {{v_input_product(b, d), &inputs}, {d->product, &d->list}};
  parts[0].product.fetches = parts[1].product.fetches = 1;
  v_in_turns(parts, 2, gates, b->rows);
}

/// Sums of all gates continue with U h, or are taken whole (`together`).
V_INLINE void v_state_products(const v_batch *b, const v_direction *d, int gates, int64_t step) {
  if (b->together) {
    v_both_products(b, d, gates, step);
  } else if (d->single) {
    v_product product = d->product;
    d->single(&product, 0, &d->list, 0);
  } else {
    v_products(&d->product, gates, &d->list, b->rows);
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
  const uint32_t turns = sluice_turns;
  for (int64_t begin = 0; begin < p->length; begin += p->chunk) {
    const int64_t steps = p->length - begin < p->chunk ? p->length - begin : p->chunk;
    for (int64_t n = 0; n < directions && !b->together; n++) {
      if (p->projected) {
        v_take_products(b, &b->directions[n], begin, steps);
      } else {
        v_input_products(b, &b->directions[n], begin, steps);
      }
    }
    for (int64_t s = 0; s < steps; s++) {
      for (int64_t n = 0; n < directions; n++) {
        v_point_at_step(b, &b->directions[n], s);
        products(b, &b->directions[n], begin + s);
      }
      for (int64_t n = 0; n < directions; n++) update(b, &b->directions[n], begin + s);
      sluice_turns++;
    }
  }
  sluice_turns = turns;
}

/// A GRU that resets before the product has one U per gate: no pass of both.
V_INLINE int v_is_together(const v_batch *b, sluice_cell cell) {
  const sluice_packed_recurrence_parameters *p = b->p;
  const int64_t floats = b->gates * b->width * (p->inputs + p->hidden);
  return p->chunk == 1 && !p->projected && (cell != SLUICE_CELL_GRU || p->option)
         && b->rows <= v_most_rows((int)b->gates) && floats > V_CACHED
         && floats <= V_TURNED;
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
    b.together = v_is_together(&b, cell);
    v_begin_directions(&b, cell, operands[0], workspace);
    v_begin_rows(&b, operands, row, y);
    v_run_batch(&b, products, update);
    v_end_rows(&b, operands, row, y);
    for (int64_t i = 0; i < b.rows; i++) v_next_row(p, &row);
  }
  return SLUICE_OK;
}

#endif
