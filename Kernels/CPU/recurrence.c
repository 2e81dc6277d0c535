// The shared part of the recurrences; see recurrence.h.
#include "recurrence.h"

int32_t sluice_check_lengths(const sluice_recurrence_parameters *p, const int32_t *lengths) {
  for (int64_t m = 0; lengths && m < p->rows; m++) {
    if (lengths[m] < 0 || lengths[m] > p->length) return SLUICE_LENGTH_OUT_OF_RANGE;
  }
  return SLUICE_OK;
}

sluice_direction sluice_begin_direction(
    const sluice_recurrence_parameters *p, int64_t gates, int64_t direction, void *const *operands,
    float *y, float *workspace) {
  const int64_t width = gates * p->hidden, state = p->rows * p->hidden;
  const float *bias = operands[3], *initial = operands[5];
  sluice_direction d = {
      .p = p, .gates = gates, .direction = direction,
      .reverse = p->reverse || direction == 1,
      .x = operands[0],
      .w = (const float *)operands[1] + direction * width * p->inputs,
      .u = (const float *)operands[2] + direction * width * p->hidden,
      .bias = bias ? bias + direction * 2 * width : NULL,
      .u_bias = bias ? bias + direction * 2 * width + width : NULL,
      .lengths = operands[4],
      .y = y,
      .x_products = workspace,
      .u_products = workspace + p->chunk * p->rows * width,
  };
  d.hidden = d.u_products + p->rows * width;
  d.cell = d.hidden + state;
  if (initial) {
    memcpy(d.hidden, initial + direction * state, (size_t)state * sizeof(float));
  } else {
    memset(d.hidden, 0, (size_t)state * sizeof(float));
  }
  if (y && d.lengths) {
    for (int64_t t = 0; t < p->length; t++) {
      memset(y + (t * p->directions + direction) * state, 0, (size_t)state * sizeof(float));
    }
  }
  return d;
}

void sluice_prepare_step(const sluice_direction *d, int64_t s) {
  const sluice_recurrence_parameters *p = d->p;
  const int64_t width = d->gates * p->hidden, row = p->rows * p->inputs;
  if (s % p->chunk != 0) return;
  const int64_t steps = p->length - s < p->chunk ? p->length - s : p->chunk;
  const int64_t first = d->reverse ? p->length - s - steps : s;
  // A chunk of a reverse direction ends at its last slot, whatever its number of steps.
  const int64_t slot = d->reverse ? p->chunk - steps : 0;
  sluice_rows_by_weights(
      d->x + first * row, steps * p->rows, d->w, width, p->inputs,
      d->x_products + slot * p->rows * width);
}

static float activated(const sluice_activation *f, float x) {
  switch (f->kind) {
    case SLUICE_ACTIVATION_SIGMOID: return 1 / (1 + expf(-x));
    case SLUICE_ACTIVATION_TANH: return tanhf(x);
    case SLUICE_ACTIVATION_RELU: return x < 0 ? 0 : x;
    case SLUICE_ACTIVATION_SOFTSIGN: return x / (1 + fabsf(x));
    case SLUICE_ACTIVATION_SOFTPLUS: return fmaxf(x, 0) + log1pf(expf(-fabsf(x)));
    case SLUICE_ACTIVATION_LEAKY_RELU: return x < 0 ? f->alpha * x : x;
    case SLUICE_ACTIVATION_THRESHOLDED_RELU: return x >= f->alpha || x != x ? x : 0;
    case SLUICE_ACTIVATION_ELU: return x < 0 ? f->alpha * expm1f(x) : x;
    case SLUICE_ACTIVATION_HARD_SIGMOID: {
      const float y = f->alpha * x + f->beta;
      return y < 0 ? 0 : y > 1 ? 1 : y;
    }
    case SLUICE_ACTIVATION_SCALED_TANH: return f->alpha * tanhf(f->beta * x);
    default: return f->alpha * x + f->beta;
  }
}

void sluice_activate(const sluice_activation *f, float clip, float *values, int64_t count) {
  if (clip < INFINITY) {
    for (int64_t i = 0; i < count; i++) {
      const float x = values[i];
      values[i] = x < -clip ? -clip : x > clip ? clip : x;
    }
  }
  for (int64_t i = 0; i < count; i++) values[i] = activated(f, values[i]);
}
