// Direct convolution and transposed convolution over up to three spatial axes, g groups, f the
// activation; ../direct_convolution.h says which input x(o, k) tap k of output o reads (0 outside X):
//
//     Y[n, m, o] = f(bias[m] + Σ_c Σ_k W[m, c, k] · X[n, c, x(o, k)])
//
// Four forms over the same packed weights (../direct_convolution.c), chosen by sizes when they are packed
// (../convolution_plan.c):
//
//     along positions   tiles of CONVOLUTION_MAPS channels x 3 vectors of neighbouring outputs; the
//                       weight is the same in all lanes
//     along channels    tiles of some positions x 16 channels; the input is the same in all lanes
//     along both        positions first, channels for what is left of a row
//     along groups      depthwise with few positions: 16 groups a vector
//
// Order, in every form: the bias, then c ascending, the taps of c that x(o, k) is defined for in
// row-major order, each by v_fma, those outside X with 0.
#ifndef SLUICE_CONVOLUTION_H
#define SLUICE_CONVOLUTION_H

#include "../direct_convolution.h"
#include "convolution_channels.h"

/// One row of one slot; `x` is null where the row lies outside X.
V_INLINE void v_lay_out_row(const sluice_slot *slot, const float *x, float *to) {
  if (!x) {
    v_fill_floats(to, 0, slot->count);
    return;
  }
  if (slot->begin > 0) v_fill_floats(to, 0, slot->begin);
  v_copy_strided(to + slot->begin, x + slot->first, slot->step, slot->end - slot->begin);
  if (slot->end < slot->count) v_fill_floats(to + slot->end, 0, slot->count - slot->end);
}

/// One slot of every row and channel of one batch entry.
static void v_lay_out_slot(
    const sluice_convolution_parameters *p, const sluice_layout_axis *a, const sluice_slot *slot,
    const float *x, float *to) {
  const int64_t row_floats = a[2].slots * a[2].count;
  for (int64_t c = 0; c < p->input_channels; c++, x += p->x_channel) {
    for (int64_t i = 0; i < a[0].count; i++) {
      const int64_t z = a[0].first + i * a[0].scale;
      const int outside = z < 0 || z >= p->axes[0].input;
      for (int64_t j = 0; j < a[1].count; j++, to += row_floats) {
        const int64_t h = a[1].first + j * a[1].scale;
        const int inside = !outside && h >= 0 && h < p->axes[1].input;
        v_lay_out_row(slot, inside ? x + z * p->x_axes[0] + h * p->x_axes[1] : NULL, to);
      }
    }
  }
}

/// One row of positions under the channels of one group.
static void v_convolve_row(const v_convolution *t, const float *x, float *y, int64_t run) {
  int64_t along = run;
  if (t->form == SLUICE_ALONG_BOTH) along = run / SLUICE_WIDTH * SLUICE_WIDTH;
  const int too_few = t->mode == SLUICE_IN_PLACE && run < SLUICE_WIDTH;
  if (t->form == SLUICE_ALONG_CHANNELS || too_few) along = 0;
  for (int64_t m = 0; along > 0 && m < t->maps;) {
    m += v_convolve_along_positions(t, m, x, y, along);
  }
  if (along < run) {
    v_convolve_along_channels(t, x + along * t->x_step, y + along * t->y_step, run - along);
  }
}

/// The outputs of one phase of one batch entry.
static void v_convolve_phase(
    v_convolution *t, const sluice_convolution_parameters *p, const sluice_phase *phase,
    const float *weights, const float *x, float *y, void *const *operands) {
  const sluice_positions *s = &phase->positions;
  const float *bias = operands[2], *slope = operands[3];
  const int64_t group_blocks = (t->maps + SLUICE_LANES - 1) / SLUICE_LANES * t->block;
  const int64_t groups = t->depthwise ? 1 : p->groups;
  t->depth = phase->depth;
  t->x_step = s->x[2];
  t->y_step = s->y[2];
  y += phase->y;
  for (int64_t g = 0; g < groups; g++, x += t->x_group, y += t->maps * p->y_channel) {
    const int64_t m = g * t->maps;
    t->w = weights + g * group_blocks;
    t->bias = bias ? bias + m : NULL;
    t->slope = slope ? slope + (p->slopes > 1 ? m : 0) : NULL;
    for (int64_t i = 0; i < s->counts[0]; i++) {
      for (int64_t j = 0; j < s->counts[1]; j++) {
        v_convolve_row(
            t, x + i * s->x[0] + j * s->x[1], y + i * s->y[0] + j * s->y[1], s->counts[2]);
      }
    }
  }
}

/// Offset of the input that tap number `tap` of output o reads: 1, or 0 if it lies outside X, or −1 if
/// there is none.
V_INLINE int v_input_of(
    const sluice_convolution_parameters *p, const int64_t *o, int64_t tap, int64_t *offset) {
  int64_t k[3], input;
  int place = 1;
  sluice_window_tap(p->axes, tap, k);
  *offset = 0;
  for (int d = 0; d < 3; d++) {
    const sluice_window *w = &p->axes[d];
    const int64_t ahead = p->transposed ? o[d] : 0;
    if (!sluice_tap_input(w, p->transposed, ahead, k[d], &input)) return -1;
    if (!p->transposed) input += o[d] * w->stride;
    if (input < 0 || input >= w->input) place = 0;
    *offset += input * p->x_axes[d];
  }
  return place;
}

/// Depthwise, 16 groups a vector, position by position.
static void v_convolve_along_groups(
    const v_convolution *t, const sluice_convolution_parameters *p, const float *weights,
    const float *x, float *y, void *const *operands) {
  const float *bias = operands[2];
  const int64_t taps = sluice_window_taps(p->axes);
  int64_t o[3];
  for (int64_t first = 0; first < p->groups; first += SLUICE_WIDTH) {
    const int64_t some = p->groups - first < SLUICE_WIDTH ? p->groups - first : SLUICE_WIDTH;
    const float *w =
        weights + first / SLUICE_LANES * taps * SLUICE_LANES + first % SLUICE_LANES;
    for (int64_t i = 0; i < sluice_window_outputs(p->axes); i++) {
      o[2] = i % p->axes[2].output;
      o[1] = i / p->axes[2].output % p->axes[1].output;
      o[0] = i / p->axes[2].output / p->axes[1].output;
      vf sum = bias ? v_load_part(bias + first, some) : v_zero();
      for (int64_t tap = 0; tap < taps; tap++) {
        int64_t offset;
        const int place = v_input_of(p, o, tap, &offset);
        if (place < 0) continue;
        const vf input = place ? v_load_apart(x + first * p->x_channel + offset, p->x_channel, some)
                               : v_zero();
        sum = v_fma(v_load(w + tap * SLUICE_LANES), input, sum);
      }
      const int64_t at = o[0] * p->y_axes[0] + o[1] * p->y_axes[1] + o[2] * p->y_axes[2];
      sum = v_activate_channels(t, sum, first, some);
      v_store_apart(y + first * p->y_channel + at, p->y_channel, sum, some);
    }
  }
}

static v_convolution v_begin_convolution(
    const sluice_convolution_parameters *p, const sluice_convolution_plan *plan, const float *slope) {
  const sluice_convolution_way way = plan->ways[SLUICE_WIDTH == 16 ? 2 : SLUICE_WIDTH == 8];
  const int64_t inputs = p->groups == 1 ? p->input_channels : p->input_channels / p->groups;
  const int64_t maps = p->groups == 1 ? p->output_channels : p->output_channels / p->groups;
  const int64_t channel =
      way.mode == SLUICE_LAID_OUT ? sluice_layout_floats(plan->axes) : p->x_channel;
  const int depthwise = sluice_is_depthwise(p);
  const int64_t lanes = depthwise || maps > SLUICE_LANES ? SLUICE_LANES : maps;
  return (v_convolution){
      .form = way.form, .mode = way.mode, .maps = depthwise ? p->groups : maps, .lanes = lanes,
      .block = inputs * sluice_window_taps(p->axes) * lanes, .x_group = inputs * channel,
      .depthwise = depthwise, .x_map = channel,
      .y_channel = p->y_channel, .activation = p->activation, .alpha = p->alpha, .beta = p->beta,
      .slope = slope, .slope_step = p->slopes > 1};
}

static int32_t v_convolution_kernel(const void *parameters, void *const *operands) {
  const sluice_convolution_parameters *p = parameters;
  const char *packed = operands[1];
  const sluice_convolution_plan *plan = operands[1];
  const float *x = operands[0], *weights = (const float *)(const void *)(packed + plan->weights_at);
  float *y = operands[5], *laid = operands[4];
  if (plan->x_batch != p->x_batch || plan->x_channel != p->x_channel ||
      plan->x_axes[0] != p->x_axes[0] || plan->x_axes[1] != p->x_axes[1] ||
      plan->x_axes[2] != p->x_axes[2]) {
    return SLUICE_INDEX_OUT_OF_RANGE;
  }
  const sluice_slot *slots = (const sluice_slot *)(const void *)(packed + plan->slots_at);
  const sluice_phase *phases = (const sluice_phase *)(const void *)(packed + plan->phases_at);
  const sluice_tap *taps = (const sluice_tap *)(const void *)(packed + plan->taps_at);
  v_convolution t = v_begin_convolution(p, plan, operands[3]);
  for (int64_t n = 0; n < p->batch; n++, x += p->x_batch, y += p->y_batch) {
    if (t.form == SLUICE_ALONG_GROUPS) {
      v_convolve_along_groups(&t, p, weights, x, y, operands);
      continue;
    }
    for (int64_t q = 0; t.mode == SLUICE_LAID_OUT && q < plan->axes[2].slots; q++) {
      v_lay_out_slot(p, plan->axes, &slots[q], x, laid + q * plan->axes[2].count);
    }
    for (int64_t i = 0; i < plan->phase_count; i++) {
      const sluice_phase *phase = &phases[i * SLUICE_READ_MODES + t.mode];
      t.taps = taps + phase->taps;
      v_convolve_phase(
          &t, p, phase, weights, t.mode == SLUICE_LAID_OUT ? laid : x, y, operands);
    }
  }
  return SLUICE_OK;
}

#endif
