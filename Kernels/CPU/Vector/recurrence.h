// What the packed GRU, LSTM and RNN share. Rows i of all streams follow each other, stream by stream;
// every step takes them all through the weights together, V_LIST at a time.
//
//     s = 0 …:  where s is a multiple of chunk, for each direction, the rows of the next steps:
//                   sums[s][i] = bias + W x_i(s)
//               for each direction, all rows:
//                   sums[s][i] continue with U h_i                         (tile.h: one order of k)
//                   gate update: h_i and, at the row's position, Y
//
// Row m of a stream is at position t = s forward, t = length(m) − 1 − s in a reverse direction, and
// rests once s ≥ length(m). A row of sums is [strip][slot][16] with one slot per gate; GRUs have a
// fourth, where c_n + U_n h stays apart. The two directions of a step follow each other, so that the
// processor works on the second while the first waits for its sums.
#ifndef SLUICE_VECTOR_RECURRENCE_H
#define SLUICE_VECTOR_RECURRENCE_H

#include "products.h"
#include "unary.h"

typedef struct v_recurrence {
  const sluice_packed_recurrence_parameters *p;
  void *const *const *operands;
  int64_t streams;
  int64_t gates, slots;
  /// Operands: the first output, and how many states there are.
  int64_t y, states;
  /// Rows of all streams; units rounded up to whole strips; vectors of units.
  int64_t rows, width, vectors;
  float *sums;       // [D, chunk, rows, slots · width]
  float *states_of;  // [D, states, rows, width]
  float *spare;      // [rows, width]
} v_recurrence;

/// One step of one direction, rows first ..< first + count.
typedef void (*v_recurrence_step)(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t first, int64_t count);

V_INLINE int64_t v_slot_place(const v_recurrence *c, int64_t v) {
  return v / V_PER_STRIP * c->slots * SLUICE_STRIP + v % V_PER_STRIP * SLUICE_WIDTH;
}

V_INLINE float *v_sums(const v_recurrence *c, int64_t direction, int64_t step, int64_t row) {
  const int64_t at = (direction * c->p->chunk + step % c->p->chunk) * c->rows + row;
  return c->sums + at * c->slots * c->width;
}

/// State 0 is hidden, 1 the cell.
V_INLINE float *v_state(const v_recurrence *c, int64_t direction, int64_t state, int64_t row) {
  return c->states_of + ((direction * c->states + state) * c->rows + row) * c->width;
}

V_INLINE const float *v_weights(const v_recurrence *c, int64_t operand, int64_t direction) {
  const int64_t inputs = operand == 1 ? c->p->inputs : c->p->hidden;
  const float *weights = c->operands[0][operand];
  return weights + direction * c->gates * c->width * inputs;
}

V_INLINE const float *v_bias(const v_recurrence *c, int64_t direction) {
  const float *bias = c->operands[0][3];
  return bias + direction * c->slots * c->width;
}

/// −1 where the row rests.
V_INLINE int64_t v_position(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t stream, int64_t m) {
  const int32_t *lengths = c->operands[stream][4];
  const int64_t length = lengths ? lengths[m] : c->p->length;
  if (step >= length) return -1;
  return c->p->reverse || direction == 1 ? length - 1 - step : step;
}

/// What both products of a recurrence have in common.
V_INLINE v_product v_gate_product(const v_recurrence *c, const float *weights, int64_t inputs) {
  return (v_product){
      .weights = weights, .inputs = inputs, .k_step = c->gates * SLUICE_STRIP,
      .strip_step = inputs * c->gates * SLUICE_STRIP, .x_column = 1,
      .out_step = c->slots * SLUICE_STRIP, .last_gate = (c->gates - 1) * SLUICE_STRIP,
      .vectors = c->vectors, .tail = SLUICE_WIDTH};
}

/// sums = bias + W x for `steps` steps from `step` on, a multiple of the chunk.
static void v_input_products(
    const v_recurrence *c, int64_t direction, int64_t step, int64_t steps) {
  const sluice_packed_recurrence_parameters *p = c->p;
  v_product product = v_gate_product(c, v_weights(c, 1, direction), p->inputs);
  product.x_column = p->x_column;
  product.start = v_bias(c, direction);
  float *sums = v_sums(c, direction, step, 0);
  v_row_list list;
  int64_t count = 0;
  for (int64_t s = step; s < step + steps; s++) {
    for (int64_t stream = 0; stream < c->streams; stream++) {
      const float *x = c->operands[stream][0];
      for (int64_t m = 0; m < p->rows; m++, sums += c->slots * c->width) {
        const int64_t t = v_position(c, direction, s, stream, m);
        list.x[count] = x + (t < 0 ? 0 : t) * p->x_step + m * p->x_row;
        list.out[count] = sums;
        if (++count == V_LIST) {
          v_products(&product, (int)c->gates, &list, count);
          count = 0;
        }
      }
    }
  }
  v_products(&product, (int)c->gates, &list, count);
}

/// sums += weights · x of dense rows [count, width]; gates as the product says.
V_INLINE void v_state_products(
    const v_recurrence *c, const v_product *product, int gates, const float *x, float *sums,
    int64_t count) {
  v_row_list list;
  for (int64_t i = 0; i < count; i++) {
    list.x[i] = x + i * c->width;
    list.out[i] = sums + i * c->slots * c->width;
  }
  v_products(product, gates, &list, count);
}

/// A row of a step, in turn.
typedef struct v_row {
  int64_t stream, m;
} v_row;

V_INLINE v_row v_first_row(const v_recurrence *c, int64_t row) {
  return (v_row){row / c->p->rows, row % c->p->rows};
}

V_INLINE void v_next_row(const v_recurrence *c, v_row *row) {
  if (++row->m == c->p->rows) *row = (v_row){row->stream + 1, 0};
}

/// Where the row's output at position t goes; null without Y.
V_INLINE float *v_output(const v_recurrence *c, int64_t direction, v_row row, int64_t t) {
  const sluice_packed_recurrence_parameters *p = c->p;
  float *y = c->operands[row.stream][c->y];
  return y ? y + t * p->y_step + direction * p->y_direction + row.m * p->y_row : NULL;
}

V_INLINE void v_store_units(const v_recurrence *c, float *y, int64_t vector, vf value) {
  const int64_t unit = vector * SLUICE_WIDTH, left = c->p->hidden - unit;
  if (left >= SLUICE_WIDTH) {
    v_store(y + unit, value);
  } else {
    v_store_part(y + unit, value, left);
  }
}

/// f(x held to ±clip), as `sluice_activate`.
static vf v_activated(const sluice_activation *f, float clip, vf x) {
  x = v_max(v_set(-clip), v_min(v_set(clip), x));
  switch (f->kind) {
    case SLUICE_ACTIVATION_SIGMOID: return v_sigmoid(x);
    case SLUICE_ACTIVATION_TANH: return v_tanh(x);
    case SLUICE_ACTIVATION_RELU: return v_max(v_zero(), x);
    case SLUICE_ACTIVATION_SOFTSIGN: return x / (1.0f + v_abs(x));
    case SLUICE_ACTIVATION_SOFTPLUS: return v_softplus(x);
    case SLUICE_ACTIVATION_LEAKY_RELU: return v_select(x < 0.0f, f->alpha * x, x);
    case SLUICE_ACTIVATION_THRESHOLDED_RELU: return v_select(x < f->alpha, v_zero(), x);
    case SLUICE_ACTIVATION_ELU: return v_elu(x, f->alpha);
    case SLUICE_ACTIVATION_HARD_SIGMOID: return v_within_0_1(f->alpha * x + f->beta);
    case SLUICE_ACTIVATION_SCALED_TANH: return f->alpha * v_tanh(f->beta * x);
    default: return f->alpha * x + f->beta;
  }
}

/// The usual gates: σ, then tanh everywhere, nothing clipped.
V_INLINE int v_usual(const sluice_activation *f, int64_t count, float clip) {
  int usual = clip == INFINITY && f[0].kind == SLUICE_ACTIVATION_SIGMOID;
  for (int64_t i = 1; i < count; i++) usual &= f[i].kind == SLUICE_ACTIVATION_TANH;
  return usual;
}

static int32_t v_check_lengths(const v_recurrence *c) {
  for (int64_t stream = 0; stream < c->streams; stream++) {
    const int32_t *lengths = c->operands[stream][4];
    for (int64_t m = 0; lengths && m < c->p->rows; m++) {
      if (lengths[m] < 0 || lengths[m] > c->p->length) return SLUICE_LENGTH_OUT_OF_RANGE;
    }
  }
  return SLUICE_OK;
}

/// Initial states into the workspace, zeros where there are none.
static void v_begin(const v_recurrence *c) {
  const sluice_packed_recurrence_parameters *p = c->p;
  const size_t bytes = (size_t)p->hidden * sizeof(float);
  for (int64_t d = 0; d < p->directions; d++) {
    for (int64_t state = 0; state < c->states; state++) {
      float *to = v_state(c, d, state, 0);
      for (v_row row = {0, 0}; row.stream < c->streams; v_next_row(c, &row), to += c->width) {
        const float *from = c->operands[row.stream][5 + state];
        if (from) {
          memcpy(to, from + d * p->initial_direction + row.m * p->initial_row, bytes);
        } else {
          memset(to, 0, bytes);
        }
      }
    }
  }
}

/// Last states out of the workspace; zeros in Y behind each row's length.
static void v_end(const v_recurrence *c) {
  const sluice_packed_recurrence_parameters *p = c->p;
  const size_t bytes = (size_t)p->hidden * sizeof(float);
  int64_t i = 0;
  for (v_row row = {0, 0}; row.stream < c->streams; v_next_row(c, &row), i++) {
    const int32_t *lengths = c->operands[row.stream][4];
    for (int64_t d = 0; d < p->directions; d++) {
      for (int64_t state = 0; state < c->states; state++) {
        float *last = c->operands[row.stream][c->y + 1 + state];
        if (!last) continue;
        last += d * p->last_direction + row.m * p->last_row;
        memcpy(last, v_state(c, d, state, i), bytes);
      }
      for (int64_t t = lengths ? lengths[row.m] : p->length; t < p->length; t++) {
        float *y = v_output(c, d, row, t);
        if (y) memset(y, 0, bytes);
      }
    }
  }
}

/// Takes all rows of all streams through all steps.
V_INLINE int32_t v_recur(
    const void *parameters, void *const *const *operands, int64_t streams, sluice_cell cell,
    v_recurrence_step step) {
  const sluice_packed_recurrence_parameters *p = parameters;
  const int64_t gates = cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
  v_recurrence c = {
      .p = p, .operands = operands, .streams = streams, .gates = gates,
      .slots = cell == SLUICE_CELL_GRU ? 4 : gates,
      .y = cell == SLUICE_CELL_LSTM ? 8 : 6, .states = cell == SLUICE_CELL_LSTM ? 2 : 1,
      .rows = streams * p->rows,
      .width = (p->hidden + SLUICE_STRIP - 1) / SLUICE_STRIP * SLUICE_STRIP,
      .vectors = (p->hidden + SLUICE_WIDTH - 1) / SLUICE_WIDTH};
  const int32_t status = v_check_lengths(&c);
  if (status != SLUICE_OK || c.rows == 0) return status;
  c.sums = operands[0][c.y + 1 + c.states];
  c.states_of = c.sums + p->directions * p->chunk * c.rows * c.slots * c.width;
  c.spare = v_state(&c, p->directions, 0, 0);
  v_begin(&c);
  for (int64_t s = 0; s < p->length; s++) {
    if (s % p->chunk == 0) {
      const int64_t steps = p->length - s < p->chunk ? p->length - s : p->chunk;
      for (int64_t d = 0; d < p->directions; d++) v_input_products(&c, d, s, steps);
    }
    for (int64_t d = 0; d < p->directions; d++) {
      for (int64_t row = 0; row < c.rows; row += V_LIST) {
        step(&c, d, s, row, c.rows - row < V_LIST ? c.rows - row : V_LIST);
      }
    }
  }
  v_end(&c);
  return SLUICE_OK;
}

#endif
