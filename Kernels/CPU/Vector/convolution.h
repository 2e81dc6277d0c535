// Direct convolution and transposed convolution over up to three spatial axes, g groups, f the
// activation; ../direct_convolution.h says which input x(o, k) tap k of output o reads (0 outside X):
//
//     Y[n, m, o] = f(bias[m] + Σ_c Σ_k W[m, c, k] · X[n, c, x(o, k)])
//
// Four forms over the same packed weights ../direct_convolution.c, chosen by sizes:
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
#include "convolution_tiles.h"

/// Where one slot's places come from: places `begin ..< end` from input `first` on, zeros around them.
typedef struct {
  int64_t begin, end, first, count, step;
} v_slot;

/// One row of one slot; `x` is null where the row lies outside X.
V_INLINE void v_lay_out_row(const v_slot *slot, const float *x, float *to) {
  if (!x) {
    v_fill_floats(to, 0, slot->count);
    return;
  }
  for (int64_t j = 0; j < slot->begin; j++) to[j] = 0;
  v_copy_strided(to + slot->begin, x + slot->first, slot->step, slot->end - slot->begin);
  for (int64_t j = slot->end; j < slot->count; j++) to[j] = 0;
}

/// One slot of every row and channel of one batch entry.
static void v_lay_out_slot(
    const sluice_convolution_parameters *p, const sluice_layout_axis *a, const v_slot *slot,
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

/// Every channel of one batch entry.
static void v_lay_out(
    const sluice_convolution_parameters *p, const sluice_layout_axis *a, const float *x, float *to) {
  for (int64_t q = 0; q < a[2].slots; q++) {
    const int64_t start = a[2].first + q * a[2].shift;
    v_slot slot = {.count = a[2].count, .step = a[2].scale * p->x_axes[2]};
    slot.begin = sluice_first_at_least(0, start, a[2].scale, a[2].count);
    slot.end = sluice_first_at_least(p->axes[2].input, start, a[2].scale, a[2].count);
    if (slot.end < slot.begin) slot.end = slot.begin;
    slot.first = slot.begin < slot.end ? (start + slot.begin * a[2].scale) * p->x_axes[2] : 0;
    v_lay_out_slot(p, a, &slot, x, to + q * a[2].count);
  }
}

/// Offset that tap k of one axis adds; `unit` floats a row or place. Whether the tap meets the phase.
V_INLINE int v_tap_offset(
    const sluice_convolution_parameters *p, const sluice_layout_axis *axes, int d, int64_t phase,
    int64_t k, int64_t unit, int64_t *offset) {
  int64_t input;
  if (!sluice_tap_input(&p->axes[d], p->transposed, phase, k, &input)) return 0;
  *offset += (axes ? sluice_tap_place(&p->axes[d], &axes[d], k, input) : input) * unit;
  return 1;
}

/// The taps of one phase, channel by channel; `axes` is null where X is read in place.
static int64_t v_list_taps(
    const sluice_convolution_parameters *p, const sluice_layout_axis *axes, const int64_t *phase,
    int64_t channels, int64_t x_channel, int64_t lanes, v_tap *taps) {
  const int64_t all = sluice_window_taps(p->axes);
  const int64_t row = axes ? axes[2].slots * axes[2].count : p->x_axes[1];
  const int64_t plane = axes ? axes[1].count * row : p->x_axes[0];
  int64_t count = 0, w = 0;
  for (int64_t i = 0; i < p->axes[0].kernel; i++) {
    int64_t first = 0;
    const int outer = v_tap_offset(p, axes, 0, phase[0], i, plane, &first);
    for (int64_t j = 0; j < p->axes[1].kernel; j++) {
      int64_t second = first;
      const int both = outer && v_tap_offset(p, axes, 1, phase[1], j, row, &second);
      for (int64_t k = 0; k < p->axes[2].kernel; k++, w += lanes) {
        int64_t offset = second;
        const int64_t unit = axes ? 1 : p->x_axes[2];
        if (both && v_tap_offset(p, axes, 2, phase[2], k, unit, &offset)) {
          taps[count++] = (v_tap){offset, w};
        }
      }
    }
  }
  for (int64_t c = 1; c < channels; c++) {
    for (int64_t i = 0; i < count; i++) {
      taps[c * count + i] = (v_tap){taps[i].x + c * x_channel, taps[i].w + c * all * lanes};
    }
  }
  return channels * count;
}

/// One row of positions under the channels of one group.
static void v_convolve_row(const v_convolution *t, const float *x, float *y, int64_t run) {
  int64_t along = run;
  if (t->form == SLUICE_ALONG_BOTH) along = run / SLUICE_WIDTH * SLUICE_WIDTH;
  if (t->form == SLUICE_ALONG_CHANNELS || (t->in_place && run < SLUICE_WIDTH)) along = 0;
  for (int64_t m = 0; along > 0 && m < t->maps;) {
    m += v_convolve_along_positions(t, m, x, y, along);
  }
  if (along < run) {
    v_convolve_along_channels(t, x + along * t->x_step, y + along * t->y_step, run - along);
  }
}

/// The outputs of one phase of one batch entry.
static void v_convolve_phase(
    v_convolution *t, const sluice_convolution_parameters *p, const sluice_layout_axis *axes,
    const int64_t *phase, const float *x, float *y, void *const *operands) {
  const int64_t inputs = sluice_group_share(p->input_channels, p->groups);
  const int64_t block = inputs * sluice_window_taps(p->axes) * t->lanes;
  const int64_t x_channel = axes ? sluice_layout_floats(axes) : p->x_channel;
  const sluice_positions s = sluice_positions_of(p, axes, phase);
  const float *bias = operands[2], *slope = operands[3];
  const int depthwise = sluice_is_depthwise(p);
  t->depth = v_list_taps(p, axes, phase, inputs, x_channel, t->lanes, t->taps);
  t->block = block;
  t->x_step = s.x[2];
  t->y_step = s.y[2];
  for (int d = 0; d < 3; d++) y += phase[d] * p->y_axes[d];
  for (int64_t g = 0; g < p->groups; g++) {
    const int64_t m = g * t->maps;
    t->w = (const float *)operands[1] +
           (depthwise ? g / t->lanes * block + g % t->lanes
                      : g * ((t->maps + t->lanes - 1) / t->lanes) * block);
    t->bias = bias ? bias + m : NULL;
    t->slope = slope ? slope + (p->slopes > 1 ? m : 0) : NULL;
    for (int64_t i = 0; i < s.counts[0]; i++) {
      for (int64_t j = 0; j < s.counts[1]; j++) {
        v_convolve_row(
            t, x + g * inputs * x_channel + i * s.x[0] + j * s.x[1],
            y + m * p->y_channel + i * s.y[0] + j * s.y[1], s.counts[2]);
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
    const v_convolution *t, const sluice_convolution_parameters *p, const float *x, float *y,
    void *const *operands) {
  const float *bias = operands[2];
  const int64_t taps = sluice_window_taps(p->axes);
  int64_t o[3];
  for (int64_t first = 0; first < p->groups; first += SLUICE_WIDTH) {
    const int64_t some = p->groups - first < SLUICE_WIDTH ? p->groups - first : SLUICE_WIDTH;
    const float *w = (const float *)operands[1] + first / SLUICE_LANES * taps * SLUICE_LANES +
                     first % SLUICE_LANES;
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
      sum = v_activate_channels(t, sum, first, some);
      v_store_apart(
          y + first * p->y_channel + o[0] * p->y_axes[0] + o[1] * p->y_axes[1] + o[2] * p->y_axes[2],
          p->y_channel, sum, some);
    }
  }
}

static int32_t v_convolution_kernel(const void *parameters, void *const *operands) {
  const sluice_convolution_parameters *p = parameters;
  const float *x = operands[0], *slope = operands[3];
  float *y = operands[5];
  sluice_layout_axis axes[3];
  sluice_layout_of(p, axes);
  const sluice_convolution_way way = sluice_way(p, axes, SLUICE_WIDTH);
  const int64_t inputs = sluice_group_share(p->input_channels, p->groups);
  const int64_t depth = inputs * sluice_window_taps(p->axes);
  v_convolution t = {
      .form = way.form, .in_place = !way.laid_out, .taps = operands[4],
      .maps = sluice_group_share(p->output_channels, p->groups), .lanes = sluice_block_lanes(p),
      .y_channel = p->y_channel, .activation = p->activation, .alpha = p->alpha, .beta = p->beta,
      .slope = slope, .slope_step = p->slopes > 1};
  float *laid = (float *)((char *)operands[4] + (depth * (int64_t)sizeof(v_tap) + 63) / 64 * 64);
  for (int64_t n = 0; n < p->batch; n++, x += p->x_batch, y += p->y_batch) {
    if (way.form == SLUICE_ALONG_GROUPS) {
      v_convolve_along_groups(&t, p, x, y, operands);
      continue;
    }
    if (way.laid_out) v_lay_out(p, axes, x, laid);
    int64_t r[3];
    for (r[0] = 0; r[0] < sluice_phases(p, 0); r[0]++) {
      for (r[1] = 0; r[1] < sluice_phases(p, 1); r[1]++) {
        for (r[2] = 0; r[2] < sluice_phases(p, 2); r[2]++) {
          v_convolve_phase(
              &t, p, way.laid_out ? axes : NULL, r, way.laid_out ? laid : x, y, operands);
        }
      }
    }
  }
  return SLUICE_OK;
}

#endif
