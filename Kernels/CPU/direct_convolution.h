// Geometry of direct convolutions (Vector/convolution.h): where the inputs of an output position lie.
//
// Plain, axis by axis: output o, tap k reads input o · stride + k · dilation − begin. Transposed: output
// o meets tap k if o + begin − k · dilation is a multiple of the stride, and reads that multiple. So
// the outputs r, r + stride, … (a phase) have the same taps and read neighbouring inputs.
//
// Where an input is padded or does not lie as the vectors need it, every channel is laid out first,
//
//     [rows of axis 0][rows of axis 1][slots][places]
//     row j holds input first + j · scale
//     place j of slot q holds input first + q · shift + j · scale of the innermost axis
//
// so that the places of a slot are read with stride 1. There is a slot per residue of the stride, or
// per tap where those are fewer. Where an outer axis has one output, it has a row per tap.
#ifndef SLUICE_DIRECT_CONVOLUTION_H
#define SLUICE_DIRECT_CONVOLUTION_H

#include "window.h"

/// Output channels per block of the packed weights, [group][block][c][tap][lane]; a group with fewer
/// has as many lanes as channels. Depthwise: [16 groups][tap][lane].
enum { SLUICE_LANES = 16 };

typedef enum { SLUICE_BY_INPUT, SLUICE_BY_TAP, SLUICE_BY_RESIDUE } sluice_layout_kind;

typedef struct sluice_layout_axis {
  sluice_layout_kind kind;
  int64_t first, scale, count;
  /// Rows, or places, from one output of a phase to the next.
  int64_t step;
  int64_t slots, shift;
} sluice_layout_axis;

static inline int64_t sluice_floor_divide(int64_t a, int64_t b) {
  if (b == 1) return a;
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static inline int64_t sluice_phases(const sluice_convolution_parameters *p, int d) {
  return p->transposed ? p->axes[d].stride : 1;
}

/// Output positions of phase r.
static inline int64_t sluice_phase_outputs(const sluice_window *w, int64_t phases, int64_t r) {
  return r < w->output ? sluice_floor_divide(w->output - r + phases - 1, phases) : 0;
}

/// Whether tap k meets phase r, and the input it reads for the phase's first output.
static inline int sluice_tap_input(
    const sluice_window *w, int transposed, int64_t r, int64_t k, int64_t *input) {
  if (!transposed) {
    *input = k * w->dilation - w->begin;
    return 1;
  }
  const int64_t multiple = r + w->begin - k * w->dilation;
  *input = sluice_floor_divide(multiple, w->stride);
  return *input * w->stride == multiple;
}

/// The row, or slot · count + place, that holds tap k's input for a phase's first output.
static inline int64_t sluice_tap_place(
    const sluice_window *w, const sluice_layout_axis *a, int64_t k, int64_t input) {
  if (a->kind == SLUICE_BY_INPUT) return input - a->first;
  if (a->kind == SLUICE_BY_TAP) return a->slots > 1 ? k * a->count : k;
  const uint32_t ahead = (uint32_t)(k * w->dilation), stride = (uint32_t)w->stride;
  return (int64_t)(ahead % stride) * a->count + ahead / stride;
}

/// The lowest and the highest input that is read.
static inline void sluice_inputs_read(
    const sluice_window *w, int transposed, int64_t *low, int64_t *high) {
  const int64_t reach = (w->kernel - 1) * w->dilation;
  if (transposed) {
    *low = sluice_floor_divide(w->begin - reach, w->stride);
    *high = sluice_floor_divide(w->output - 1 + w->begin, w->stride);
  } else {
    *low = -w->begin;
    *high = (w->output - 1) * w->stride + reach - w->begin;
  }
}

static inline sluice_layout_axis sluice_layout_outer(const sluice_window *w, int transposed) {
  sluice_layout_axis a = {SLUICE_BY_INPUT, 0, 1, 0, 1, 1, 0};
  int64_t high;
  sluice_inputs_read(w, transposed, &a.first, &high);
  a.count = high - a.first + 1;
  if (!transposed) a.step = w->stride;
  if (w->output == 1 && (!transposed || w->stride == 1)) {
    a.kind = SLUICE_BY_TAP;
    a.first = transposed ? w->begin : -w->begin;
    a.scale = transposed ? -w->dilation : w->dilation;
    a.count = w->kernel;
  }
  return a;
}

static inline sluice_layout_axis sluice_layout_innermost(const sluice_window *w, int transposed) {
  sluice_layout_axis a = {SLUICE_BY_INPUT, 0, 1, 0, 1, 1, 0};
  int64_t high;
  sluice_inputs_read(w, transposed, &a.first, &high);
  a.count = high - a.first + 1;
  if (transposed || w->stride == 1) return a;
  a.kind = w->stride <= w->kernel ? SLUICE_BY_RESIDUE : SLUICE_BY_TAP;
  a.scale = w->stride;
  a.slots = a.kind == SLUICE_BY_RESIDUE ? w->stride : w->kernel;
  a.shift = a.kind == SLUICE_BY_RESIDUE ? 1 : w->dilation;
  a.count = w->output;
  if (a.kind == SLUICE_BY_RESIDUE) a.count += (w->kernel - 1) * w->dilation / w->stride;
  return a;
}

static inline void sluice_layout_of(
    const sluice_convolution_parameters *p, sluice_layout_axis *axes) {
  axes[0] = sluice_layout_outer(&p->axes[0], p->transposed);
  axes[1] = sluice_layout_outer(&p->axes[1], p->transposed);
  axes[2] = sluice_layout_innermost(&p->axes[2], p->transposed);
}

/// Floats of one laid out channel.
static inline int64_t sluice_layout_floats(const sluice_layout_axis *axes) {
  return axes[0].count * axes[1].count * axes[2].slots * axes[2].count;
}

/// Every input that is read is inside X.
static inline int sluice_reads_inside(const sluice_convolution_parameters *p) {
  for (int d = 0; d < 3; d++) {
    int64_t low, high;
    sluice_inputs_read(&p->axes[d], p->transposed, &low, &high);
    if (low < 0 || high >= p->axes[d].input) return 0;
  }
  return 1;
}

/// One channel in, one out, and several of them.
static inline int sluice_is_depthwise(const sluice_convolution_parameters *p) {
  return p->groups > 1 && p->input_channels == p->groups && p->output_channels == p->groups;
}

static inline int64_t sluice_group_share(int64_t channels, int64_t groups) {
  return groups == 1 ? channels : channels / groups;
}

/// Lanes of a block of packed weights.
static inline int64_t sluice_block_lanes(const sluice_convolution_parameters *p) {
  const int64_t maps = sluice_group_share(p->output_channels, p->groups);
  return sluice_is_depthwise(p) || maps > SLUICE_LANES ? SLUICE_LANES : maps;
}

/// Positions of one phase and how far apart they lie, where X is read in place or laid out; axes that
/// lie evenly under each other are one.
typedef struct sluice_positions {
  int64_t counts[3], x[3], y[3];
} sluice_positions;

static inline sluice_positions sluice_positions_of(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, const int64_t *phase) {
  sluice_positions s;
  int64_t rows = 1;
  for (int d = 2; d >= 0; d--) {
    const sluice_window *w = &p->axes[d];
    const int64_t phases = sluice_phases(p, d);
    s.counts[d] = sluice_phase_outputs(w, phases, phase[d]);
    s.y[d] = p->y_axes[d] * phases;
    s.x[d] = layout ? layout[d].step * rows : p->x_axes[d] * (p->transposed ? 1 : w->stride);
    if (layout) rows *= layout[d].slots * layout[d].count;
  }
  for (int d = 1; d >= 0; d--) {
    if (p->axes[2].output == 1 && s.counts[2] == 1) s.x[2] = s.x[d], s.y[2] = s.y[d];
    const int fits = s.x[d] == s.counts[2] * s.x[2] && s.y[d] == s.counts[2] * s.y[2];
    if (!fits || (d == 0 && s.counts[1] != 1)) continue;
    s.counts[2] *= s.counts[d];
    s.counts[d] = 1;
  }
  return s;
}

/// What a kernel does; `laid_out` where it does not read X in place.
typedef struct sluice_convolution_way {
  sluice_convolution_form form;
  int32_t laid_out;
} sluice_convolution_way;

/// Vector operations of one row of positions under one group, stores included, by form. Fewer than
/// three accumulators wait for each other.
static inline int64_t sluice_row_cost(
    sluice_convolution_form form, int64_t maps, int64_t depth, int64_t run, int64_t width) {
  const int64_t vectors = (maps + width - 1) / width, whole = run / width, rest = run % width;
  const int64_t left = rest * vectors > 3 ? rest * vectors : 3;
  const int64_t all = run * vectors > 3 ? run * vectors : 3;
  switch (form) {
    case SLUICE_ALONG_CHANNELS: return depth * all + run * maps / 2;
    case SLUICE_ALONG_BOTH: return (depth + 2) * maps * whole + depth * left + rest * maps;
    default: return (depth + 2) * maps * (whole + (rest > 0));
  }
}

/// Decides from sizes and strides only, for vectors of `width` floats.
static inline sluice_convolution_way sluice_way(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, int64_t width) {
  const int64_t first[3] = {0, 0, 0};
  const int inside = sluice_reads_inside(p), depthwise = sluice_is_depthwise(p);
  const int64_t last[3] = {
      sluice_phases(p, 0) - 1, sluice_phases(p, 1) - 1, sluice_phases(p, 2) - 1};
  sluice_positions s = sluice_positions_of(p, NULL, last);
  sluice_convolution_way along = {SLUICE_ALONG_POSITIONS, 0};
  if (!inside || s.x[2] != 1 || s.counts[2] < width) {
    along.laid_out = 1;
    s = sluice_positions_of(p, layout, first);
  }
  const int64_t run = s.counts[2], rows = s.counts[0] * s.counts[1];
  const int possible = s.x[2] == 1 || run == 1;
  const sluice_convolution_way groups = {SLUICE_ALONG_GROUPS, 0};
  if (depthwise) return possible && run * rows > 3 ? along : groups;
  const sluice_convolution_way channels = {SLUICE_ALONG_CHANNELS, !inside};
  const int64_t maps = sluice_group_share(p->output_channels, p->groups);
  const int64_t inputs = sluice_group_share(p->input_channels, p->groups);
  const int64_t depth = inputs * sluice_window_taps(p->axes);
  const int64_t laying = along.laid_out ? inputs * sluice_layout_floats(layout) / 4 : 0;
  if (run % width != 0 && run > width &&
      sluice_row_cost(SLUICE_ALONG_BOTH, maps, depth, run, width) <
          sluice_row_cost(SLUICE_ALONG_POSITIONS, maps, depth, run, width)) {
    along.form = SLUICE_ALONG_BOTH;
  }
  const int64_t cost = laying + rows * sluice_row_cost(along.form, maps, depth, run, width);
  const int64_t other = rows * sluice_row_cost(SLUICE_ALONG_CHANNELS, maps, depth, run, width) +
                        (inside ? 0 : laying);
  return possible && cost <= other ? along : channels;
}

#endif
