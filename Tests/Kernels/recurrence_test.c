// The packed recurrences of every variant against a scalar twin in double; bits of one stream against
// those of several, of one chunk against another, of AVX2 against AVX-512.
//
//     Scripts/check-kernels        builds and runs this, with AddressSanitizer too
//
// The grid: every pair of odd sizes for inputs and units, each cell; rows, steps, directions, options,
// activations, clip, lengths, states, strides drawn with the case's number as seed.
#include "check.h"
#include "recurrence_twin.h"

enum { STREAMS = 3 };

typedef struct {
  sluice_cell cell;
  sluice_packed_recurrence_parameters p;
  twin_weights weights;
  float *packed_w, *packed_u, *packed_bias;
  twin_stream streams[STREAMS];
  char where[160];
} recurrence_case;

static int64_t gate_count(sluice_cell cell) {
  return cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
}

static void draw_activations(recurrence_case *c) {
  const int64_t per = c->cell == SLUICE_CELL_GRU ? 2 : c->cell == SLUICE_CELL_LSTM ? 3 : 1;
  const int usual = random_below(2) == 0;
  for (int64_t i = 0; i < per * c->p.directions; i++) {
    const int first = i % per == 0 && c->cell != SLUICE_CELL_RNN;
    sluice_activation *f = &c->p.activations[i];
    f->kind = first ? SLUICE_ACTIVATION_SIGMOID : SLUICE_ACTIVATION_TANH;
    f->alpha = 0.3f, f->beta = 0.4f;
    if (!usual) f->kind = (sluice_activation_kind)random_below(SLUICE_ACTIVATION_AFFINE + 1);
  }
}

static void draw_parameters(recurrence_case *c, int64_t inputs, int64_t hidden) {
  static const int64_t rows[] = {1, 1, 2, 3, 5, 16, 17, 70};
  sluice_packed_recurrence_parameters *p = &c->p;
  const int large = inputs > 65 || hidden > 65;
  *p = (sluice_packed_recurrence_parameters){
      .length = 1 + random_below(6), .rows = rows[random_below(large ? 4 : 8)], .inputs = inputs,
      .hidden = hidden, .directions = 1 + random_below(2), .option = (int32_t)random_below(2),
      .clip = random_below(3) ? INFINITY : 0.5f, .x_column = 1 + random_below(2)};
  p->reverse = p->directions == 1 && random_below(2);
  p->chunk = 1 + random_below(p->length);
  p->x_row = inputs * p->x_column;
  p->x_step = p->rows * p->x_row + random_below(2) * 5;
  p->initial_row = hidden + random_below(2);
  p->initial_direction = p->rows * p->initial_row;
  p->last_row = hidden, p->last_direction = p->rows * hidden;
  p->y_row = hidden * p->directions, p->y_direction = hidden;
  p->y_step = p->rows * p->y_row + random_below(2) * 7;
  draw_activations(c);
}

static void draw_weights(recurrence_case *c) {
  const int64_t h = c->p.hidden, k = c->p.inputs, d = c->p.directions;
  const int64_t width = gate_count(c->cell) * h;
  twin_weights *w = &c->weights;
  w->w = random_floats(d * width * k, 1 / sqrt((double)k));
  w->u = random_floats(d * width * h, 1 / sqrt((double)h));
  w->bias = random_below(4) ? random_floats(d * 2 * width, 0.5) : NULL;
  w->peepholes = random_below(2) ? random_floats(d * 3 * h, 0.5) : NULL;
  const int64_t w_floats = sluice_packed_gates_floats(c->cell, h, k);
  const int64_t u_floats = sluice_packed_gates_floats(c->cell, h, h);
  const int64_t bias_floats = sluice_packed_bias_floats(c->cell, h);
  c->packed_w = random_floats(d * w_floats, 0);
  c->packed_u = random_floats(d * u_floats, 0);
  c->packed_bias = random_floats(d * bias_floats, 0);
  for (int64_t i = 0; i < d; i++) {
    sluice_pack_gates(c->cell, w->w + i * width * k, h, k, c->packed_w + i * w_floats);
    sluice_pack_state_gates(
        c->cell, w->u + i * width * h, h, c->p.option, c->packed_u + i * u_floats);
    sluice_pack_bias(
        c->cell, w->bias ? w->bias + i * 2 * width : NULL, h, c->p.option,
        c->packed_bias + i * bias_floats);
  }
}

static int64_t y_floats(const sluice_packed_recurrence_parameters *p) {
  return (p->length - 1) * p->y_step + (p->rows - 1) * p->y_row
         + (p->directions - 1) * p->y_direction + p->hidden;
}

static void draw_streams(recurrence_case *c) {
  const sluice_packed_recurrence_parameters *p = &c->p;
  const int with_lengths = random_below(3) == 0, with_initial = random_below(4) != 0;
  const int with_y = random_below(5) != 0;
  for (int s = 0; s < STREAMS; s++) {
    twin_stream *t = &c->streams[s];
    t->x = random_floats((p->length - 1) * p->x_step + p->rows * p->x_row, 1);
    t->lengths = NULL;
    if (with_lengths) {
      t->lengths = malloc((size_t)p->rows * sizeof(int32_t));
      for (int64_t m = 0; m < p->rows; m++) {
        t->lengths[m] = (int32_t)random_below(p->length + 1);
      }
    }
    const int64_t initial = p->directions * p->initial_direction;
    t->initial = with_initial ? random_floats(initial, 1) : NULL;
    t->initial_cell = with_initial ? random_floats(initial, 1) : NULL;
    t->y = with_y ? random_floats(y_floats(p), 0) : NULL;
    t->last = random_floats(p->directions * p->last_direction, 1);
    t->last_cell = random_floats(p->directions * p->last_direction, 1);
  }
}

/// Runs `count` streams from `first` on; fresh outputs each time.
static void run(const recurrence_case *c, int first, int count, int64_t chunk) {
  sluice_packed_recurrence_parameters p = c->p;
  p.chunk = chunk;
  const int lstm = c->cell == SLUICE_CELL_LSTM;
  void *workspace = workspace_of(sluice_recurrence_workspace(c->cell, &p, count));
  void *operands[STREAMS][12];
  void *const *streams[STREAMS];
  for (int i = 0; i < count; i++) {
    const twin_stream *t = &c->streams[first + i];
    void *const lists[2][12] = {
        {t->x, c->packed_w, c->packed_u, c->packed_bias, t->lengths, t->initial, t->y, t->last,
         workspace},
        {t->x, c->packed_w, c->packed_u, c->packed_bias, t->lengths, t->initial, t->initial_cell,
         c->weights.peepholes, t->y, t->last, t->last_cell, workspace}};
    memcpy(operands[i], lists[lstm], sizeof operands[i]);
    streams[i] = operands[i];
  }
  const sluice_vector_kernels *k = sluice_kernels();
  const sluice_batch_kernel kernel = lstm ? k->lstm : c->cell == SLUICE_CELL_GRU ? k->gru : k->rnn;
  sluice_turns++;
  if (kernel(&p, streams, count) != SLUICE_OK) fail("status", c->where, 1, 0);
  free(workspace);
}

/// Errors grow from step to step where an activation has no limits.
static double tolerance(const recurrence_case *c) {
  const sluice_activation *f = c->p.activations;
  int limited = 1;
  for (int i = 0; i < 6; i++) {
    limited &= f[i].kind == SLUICE_ACTIVATION_SIGMOID || f[i].kind == SLUICE_ACTIVATION_TANH;
  }
  return limited ? 2e-5 : 2e-4;
}

static void check_variant(const recurrence_case *c, twin_stream *fused, twin_result *expected) {
  const sluice_packed_recurrence_parameters *p = &c->p;
  const int64_t y = c->streams[0].y ? y_floats(p) : 0, last = p->directions * p->last_direction;
  const int lstm = c->cell == SLUICE_CELL_LSTM;
  run(c, 0, STREAMS, p->chunk);
  for (int s = 0; s < STREAMS; s++) {
    const twin_stream *t = &c->streams[s];
    check_near("Y", c->where, t->y, expected[s].y, y, tolerance(c));
    check_near("last", c->where, t->last, expected[s].last, last, tolerance(c));
    if (lstm) {
      check_near("cell", c->where, t->last_cell, expected[s].last_cell, last, tolerance(c));
    }
    float *together = copied(t->last, last), *outputs = copied(t->y ? t->y : t->last, t->y ? y : 0);
    run(c, s, 1, 1 + random_below(p->length));
    check_same("last alone", c->where, t->last, together, last);
    check_same("Y alone", c->where, t->y, outputs, y);
    if (variant_is_fused() && fused[s].last) {
      check_same("last fused", c->where, together, fused[s].last, last);
      check_same("Y fused", c->where, outputs, fused[s].y, y);
    }
    if (variant_is_fused() && !fused[s].last) take_bits(together, last), take_bits(outputs, y);
    free(fused[s].last), free(fused[s].y);
    fused[s].last = fused[s].y = NULL;
    if (variant_is_fused()) {
      fused[s].last = together, fused[s].y = outputs;
    } else {
      free(together), free(outputs);
    }
  }
}

static void check_recurrence(sluice_cell cell, int64_t inputs, int64_t hidden) {
  recurrence_case c = {.cell = cell};
  draw_parameters(&c, inputs, hidden);
  draw_weights(&c);
  draw_streams(&c);
  snprintf(c.where, sizeof c.where,
           "cell %d I %d H %d L %d M %d D %d option %d clip %g f %d", (int)cell, (int)inputs,
           (int)hidden, (int)c.p.length, (int)c.p.rows, (int)c.p.directions, c.p.option, c.p.clip,
           c.p.activations[0].kind);
  twin_stream fused[STREAMS] = {0};
  twin_result expected[STREAMS];
  for (int s = 0; s < STREAMS; s++) {
    expected[s] = twin_recurrence(cell, &c.p, &c.weights, &c.streams[s], y_floats(&c.p));
  }
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variant_names[v]) == 0) check_variant(&c, fused, expected);
  }
  for (int s = 0; s < STREAMS; s++) {
    twin_stream *t = &c.streams[s];
    free(fused[s].last), free(fused[s].y);
    free(expected[s].y), free(expected[s].last), free(expected[s].last_cell);
    free(t->x), free(t->lengths), free(t->initial), free(t->initial_cell), free(t->y);
    free(t->last), free(t->last_cell);
  }
  free(c.weights.w), free(c.weights.u), free(c.weights.bias), free(c.weights.peepholes);
  free(c.packed_w), free(c.packed_u), free(c.packed_bias);
}

/// A length beyond the steps is refused before anything is written.
static void check_refusal(void) {
  int32_t length = 2;
  void *const operands[12] = {NULL, NULL, NULL, NULL, &length};
  void *const *const streams[] = {operands};
  const sluice_packed_recurrence_parameters p = {
      .length = 1, .rows = 1, .inputs = 1, .hidden = 1, .directions = 1, .chunk = 1};
  for (int v = 0; v < VARIANTS; v++) {
    if (sluice_set_variant(variant_names[v]) != 0) continue;
    const int32_t status = sluice_kernels()->gru(&p, streams, 1);
    if (status != SLUICE_LENGTH_OUT_OF_RANGE) {
      fail("refusal", "length", status, SLUICE_LENGTH_OUT_OF_RANGE);
    }
  }
}

/// `stride` > 1: every stride-th case of the grid, for slow emulators.
int main(int count, char **arguments) {
  const int stride = count > 1 ? atoi(arguments[1]) : 1;
  int number = 0;
  for (int i = 0; i < ODD_SIZES; i++) {
    for (int h = 0; h < ODD_SIZES; h++) {
      for (int cell = SLUICE_CELL_GRU; cell <= SLUICE_CELL_RNN; cell++) {
        for (int repeat = 0; repeat < (odd_sizes[h] < 100 ? 3 : 1); repeat++) {
          // A case does not depend on how many variants drew numbers in those before it.
          random_state = (uint64_t)++number;
          if (number % stride) continue;
          check_recurrence((sluice_cell)cell, odd_sizes[i], odd_sizes[h]);
        }
      }
    }
  }
  // More weights than are taken whole: the sums are cut into chunks.
  if (stride == 1) check_recurrence(SLUICE_CELL_GRU, 1100, 700);
  if (stride == 1) check_recurrence(SLUICE_CELL_LSTM, 900, 600);
  check_refusal();
  printf("recurrences, each case seeded with its number, ");
  return report();
}
