// The recurrences as their equations say, one unit at a time, in double.
#ifndef RECURRENCE_TWIN_H
#define RECURRENCE_TWIN_H

#include "check.h"

/// Dense, of all directions: w [D, G·H, I], u [D, G·H, H], bias? [D, 2, G·H], peepholes? [D, 3, H].
typedef struct {
  float *w, *u, *bias, *peepholes;
} twin_weights;

typedef struct {
  float *x;
  int32_t *lengths;
  float *initial, *initial_cell;
  float *y, *last, *last_cell;
} twin_stream;

typedef struct {
  double *y, *last, *last_cell;
} twin_result;

/// One row of one direction.
typedef struct {
  sluice_cell cell;
  const sluice_packed_recurrence_parameters *p;
  const float *w, *u, *bias, *peepholes;
  const sluice_activation *f;
  int64_t gates;
  double *h, *c, *kept;
} twin_row;

static double twin_activated(const sluice_activation *f, double clip, double x) {
  x = x < -clip ? -clip : x > clip ? clip : x;
  switch (f->kind) {
    case SLUICE_ACTIVATION_SIGMOID: return 1 / (1 + exp(-x));
    case SLUICE_ACTIVATION_TANH: return tanh(x);
    case SLUICE_ACTIVATION_RELU: return x < 0 ? 0 : x;
    case SLUICE_ACTIVATION_SOFTSIGN: return x / (1 + fabs(x));
    case SLUICE_ACTIVATION_SOFTPLUS: return log1p(exp(x));
    case SLUICE_ACTIVATION_LEAKY_RELU: return x < 0 ? f->alpha * x : x;
    case SLUICE_ACTIVATION_THRESHOLDED_RELU: return x >= f->alpha ? x : 0;
    case SLUICE_ACTIVATION_ELU: return x < 0 ? f->alpha * expm1(x) : x;
    case SLUICE_ACTIVATION_HARD_SIGMOID: return fmin(fmax(f->alpha * x + f->beta, 0), 1);
    case SLUICE_ACTIVATION_SCALED_TANH: return f->alpha * tanh(f->beta * x);
    default: return f->alpha * x + f->beta;
  }
}

/// W x of one gate's unit and its bias.
static double twin_input(const twin_row *r, int64_t gate, int64_t unit, const float *x) {
  const int64_t n = gate * r->p->hidden + unit;
  double sum = r->bias ? r->bias[n] : 0;
  for (int64_t k = 0; k < r->p->inputs; k++) {
    sum += (double)r->w[n * r->p->inputs + k] * x[k * r->p->x_column];
  }
  return sum;
}

static double twin_state(const twin_row *r, int64_t gate, int64_t unit, const double *h) {
  const int64_t n = gate * r->p->hidden + unit;
  double sum = r->bias ? r->bias[r->gates * r->p->hidden + n] : 0;
  for (int64_t k = 0; k < r->p->hidden; k++) sum += (double)r->u[n * r->p->hidden + k] * h[k];
  return sum;
}

static double twin_gate(
    const twin_row *r, int64_t gate, int64_t unit, const float *x, const double *h) {
  return twin_input(r, gate, unit, x) + twin_state(r, gate, unit, h);
}

static void twin_gru_step(const twin_row *r, const float *x, double *next) {
  const double clip = r->p->clip;
  const int64_t units = r->p->hidden;
  for (int64_t j = 0; j < units; j++) {
    r->kept[j] = twin_activated(&r->f[0], clip, twin_gate(r, 0, j, x, r->h)) * r->h[j];
  }
  for (int64_t j = 0; j < units; j++) {
    const double z = twin_activated(&r->f[0], clip, twin_gate(r, 1, j, x, r->h));
    double n = twin_input(r, 2, j, x);
    if (r->p->option) {
      const double reset = twin_activated(&r->f[0], clip, twin_gate(r, 0, j, x, r->h));
      n += reset * twin_state(r, 2, j, r->h);
    } else {
      n += twin_state(r, 2, j, r->kept);
    }
    next[j] = (1 - z) * twin_activated(&r->f[1], clip, n) + z * r->h[j];
  }
}

static void twin_lstm_step(const twin_row *r, const float *x, double *next) {
  const double clip = r->p->clip;
  const int64_t units = r->p->hidden;
  const float *p = r->peepholes;
  for (int64_t j = 0; j < units; j++) {
    const double old = r->c[j];
    const double i = twin_activated(
        &r->f[0], clip, twin_gate(r, 0, j, x, r->h) + (p ? p[j] * old : 0));
    const double forget =
        r->p->option ? 1 - i
                     : twin_activated(
                           &r->f[0], clip,
                           twin_gate(r, 1, j, x, r->h) + (p ? p[units + j] * old : 0));
    const double g = twin_activated(&r->f[1], clip, twin_gate(r, 2, j, x, r->h));
    r->c[j] = forget * old + i * g;
    const double o = twin_activated(
        &r->f[0], clip, twin_gate(r, 3, j, x, r->h) + (p ? p[2 * units + j] * r->c[j] : 0));
    next[j] = o * twin_activated(&r->f[2], INFINITY, r->c[j]);
  }
}

static void twin_step(const twin_row *r, const float *x) {
  double *next = calloc((size_t)r->p->hidden, sizeof(double));
  switch (r->cell) {
    case SLUICE_CELL_GRU: twin_gru_step(r, x, next); break;
    case SLUICE_CELL_LSTM: twin_lstm_step(r, x, next); break;
    case SLUICE_CELL_RNN:
      for (int64_t j = 0; j < r->p->hidden; j++) {
        next[j] = twin_activated(r->f, r->p->clip, twin_gate(r, 0, j, x, r->h));
      }
  }
  memcpy(r->h, next, (size_t)r->p->hidden * sizeof(double));
  free(next);
}

static void twin_run_row(
    const twin_row *r, const twin_stream *s, int64_t direction, int64_t m, twin_result *result) {
  const sluice_packed_recurrence_parameters *p = r->p;
  const int64_t length = s->lengths ? s->lengths[m] : p->length;
  const int64_t from = direction * p->initial_direction + m * p->initial_row;
  for (int64_t j = 0; j < p->hidden; j++) {
    r->h[j] = s->initial ? s->initial[from + j] : 0;
    r->c[j] = s->initial_cell ? s->initial_cell[from + j] : 0;
  }
  for (int64_t i = 0; i < length; i++) {
    const int64_t t = p->reverse || direction == 1 ? length - 1 - i : i;
    twin_step(r, s->x + t * p->x_step + m * p->x_row);
    double *y = result->y + t * p->y_step + direction * p->y_direction + m * p->y_row;
    memcpy(y, r->h, (size_t)p->hidden * sizeof(double));
  }
  const int64_t to = direction * p->last_direction + m * p->last_row;
  memcpy(result->last + to, r->h, (size_t)p->hidden * sizeof(double));
  memcpy(result->last_cell + to, r->c, (size_t)p->hidden * sizeof(double));
}

static twin_result twin_recurrence(
    sluice_cell cell, const sluice_packed_recurrence_parameters *p, const twin_weights *w,
    const twin_stream *s, int64_t y_floats) {
  const int64_t gates = cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
  const int64_t width = gates * p->hidden;
  const int64_t per = cell == SLUICE_CELL_GRU ? 2 : cell == SLUICE_CELL_LSTM ? 3 : 1;
  const size_t last = (size_t)(p->directions * p->last_direction);
  double *states = calloc((size_t)(3 * p->hidden), sizeof(double));
  twin_result result = {
      calloc((size_t)y_floats, sizeof(double)), calloc(last, sizeof(double)),
      calloc(last, sizeof(double))};
  for (int64_t d = 0; d < p->directions; d++) {
    const twin_row row = {
        .cell = cell, .p = p, .gates = gates, .f = p->activations + d * per,
        .w = w->w + d * width * p->inputs, .u = w->u + d * width * p->hidden,
        .bias = w->bias ? w->bias + d * 2 * width : NULL,
        .peepholes = w->peepholes ? w->peepholes + d * 3 * p->hidden : NULL,
        .h = states, .c = states + p->hidden, .kept = states + 2 * p->hidden};
    for (int64_t m = 0; m < p->rows; m++) twin_run_row(&row, s, d, m, &result);
  }
  free(states);
  return result;
}

#endif
