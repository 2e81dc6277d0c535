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

/// Every input that is read is inside X along axis d.
static inline int sluice_reads_inside(const sluice_convolution_parameters *p, int d) {
  int64_t low, high;
  sluice_inputs_read(&p->axes[d], p->transposed, &low, &high);
  return low >= 0 && high < p->axes[d].input;
}

/// One channel in, one out, and several of them.
static inline int sluice_is_depthwise(const sluice_convolution_parameters *p) {
  return p->groups > 1 && p->input_channels == p->groups && p->output_channels == p->groups;
}

/// Lanes of a block of packed weights.
static inline int64_t sluice_block_lanes(const sluice_convolution_parameters *p) {
  const int64_t maps = p->output_channels / p->groups;
  return sluice_is_depthwise(p) || maps > SLUICE_LANES ? SLUICE_LANES : maps;
}

/// Positions of one phase and how far apart they lie in X and Y.
typedef struct sluice_positions {
  int64_t counts[3], x[3], y[3];
} sluice_positions;

/// Where the vectors read: from X, where all is inside; from X through masks of valid positions (64 of
/// them, AVX-512); from channels laid out before.
typedef enum { SLUICE_IN_PLACE, SLUICE_MASKED, SLUICE_LAID_OUT, SLUICE_READ_MODES } sluice_read_mode;

typedef struct sluice_convolution_way {
  sluice_convolution_form form;
  sluice_read_mode mode;
} sluice_convolution_way;

/// Offsets of one tap and channel into x and the packed weights; bit i of mask j: position 16 j + i is
/// inside.
typedef struct sluice_tap {
  int64_t x, w;
  uint16_t masks[4];
} sluice_tap;

/// Places `begin ..< end` of a slot come from the row's element `first` on, `step` apart.
typedef struct sluice_slot {
  int64_t begin, end, first, count, step;
} sluice_slot;

/// One phase in one mode. `y` is its first output's offset; `taps` counts from the plan's first.
typedef struct sluice_phase {
  sluice_positions positions;
  int64_t y, taps, depth;
} sluice_phase;

/// What a call needs to know beside its parameters; begins the packed weights. Offsets in bytes.
typedef struct sluice_convolution_plan {
  int64_t x_batch, x_channel, x_axes[3];
  sluice_layout_axis axes[3];
  /// For vectors of 4, 8 and 16 floats.
  sluice_convolution_way ways[3];
  int64_t phase_count, slots_at, phases_at, taps_at, weights_at;
} sluice_convolution_plan;

sluice_positions sluice_positions_of(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, sluice_read_mode mode,
    const int64_t *phase);
sluice_convolution_way sluice_way(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, int64_t width);
void sluice_fill_plan(const sluice_convolution_parameters *p, void *packed);
/// The offsets of a plan; the rest is 0.
sluice_convolution_plan sluice_plan_offsets(const sluice_convolution_parameters *p);

#endif
