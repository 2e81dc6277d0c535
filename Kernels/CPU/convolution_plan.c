// The plan of a direct convolution: positions, taps and form, found once when the weights are packed, so
// that a call begins with its sums.
#include "direct_convolution.h"

/// Axes that lie evenly under each other become one; not where a row has masks of its own. Which axis
/// the row runs along is the same in every phase.
static void merge(const sluice_convolution_parameters *p, sluice_positions *s) {
  for (int d = 1; d >= 0; d--) {
    const int alone = p->axes[2].output == 1 && (d == 1 || p->axes[1].output == 1);
    if (alone) s->x[2] = s->x[d], s->y[2] = s->y[d];
    const int fits = s->x[d] == s->counts[2] * s->x[2] && s->y[d] == s->counts[2] * s->y[2];
    if (!fits || (d == 0 && s->counts[1] != 1)) continue;
    s->counts[2] *= s->counts[d];
    s->counts[d] = 1;
  }
}

sluice_positions sluice_positions_of(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, sluice_read_mode mode,
    const int64_t *phase) {
  sluice_positions s;
  int64_t rows = 1;
  for (int d = 2; d >= 0; d--) {
    const sluice_window *w = &p->axes[d];
    const int64_t phases = sluice_phases(p, d);
    s.counts[d] = sluice_phase_outputs(w, phases, phase[d]);
    s.y[d] = p->y_axes[d] * phases;
    s.x[d] = mode == SLUICE_LAID_OUT ? layout[d].step * rows
                                     : p->x_axes[d] * (p->transposed ? 1 : w->stride);
    rows *= layout[d].slots * layout[d].count;
  }
  if (mode != SLUICE_MASKED) merge(p, &s);
  return s;
}

/// Vector operations of one row of positions under one group, stores included, by form. Fewer than
/// three accumulators wait for each other.
static int64_t row_cost(
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

/// Whether masks of 64 positions do.
static int can_mask(const sluice_convolution_parameters *p, int64_t width) {
  const int64_t phases = sluice_phases(p, 2), step = p->transposed ? 1 : p->axes[2].stride;
  if (width != 16 || (p->axes[2].output + phases - 1) / phases > 64) return 0;
  return p->x_axes[2] * step == 1 && sluice_reads_inside(p, 0) && sluice_reads_inside(p, 1);
}

/// How vectors along positions would read.
static sluice_read_mode mode_along(const sluice_convolution_parameters *p,
                                   const sluice_layout_axis *layout, int64_t width) {
  const int64_t last[3] = {
      sluice_phases(p, 0) - 1, sluice_phases(p, 1) - 1, sluice_phases(p, 2) - 1};
  const sluice_positions s = sluice_positions_of(p, layout, SLUICE_IN_PLACE, last);
  const int inside =
      sluice_reads_inside(p, 0) && sluice_reads_inside(p, 1) && sluice_reads_inside(p, 2);
  // Phases of a depthwise one may have fewer positions than a vector, which only others can do.
  const int phases = sluice_is_depthwise(p) && p->transposed && p->axes[2].stride > 1;
  if (inside && !phases && s.x[2] == 1 && s.counts[2] >= width) return SLUICE_IN_PLACE;
  return can_mask(p, width) ? SLUICE_MASKED : SLUICE_LAID_OUT;
}

sluice_convolution_way sluice_way(
    const sluice_convolution_parameters *p, const sluice_layout_axis *layout, int64_t width) {
  const int64_t first[3] = {0, 0, 0};
  sluice_convolution_way along = {SLUICE_ALONG_POSITIONS, mode_along(p, layout, width)};
  const sluice_positions s = sluice_positions_of(p, layout, along.mode, first);
  const int64_t run = s.counts[2], rows = s.counts[0] * s.counts[1];
  const int possible = s.x[2] == 1 || run == 1;
  const sluice_convolution_way groups = {SLUICE_ALONG_GROUPS, SLUICE_IN_PLACE};
  if (sluice_is_depthwise(p)) return possible && run * rows > 3 ? along : groups;
  const int inside =
      sluice_reads_inside(p, 0) && sluice_reads_inside(p, 1) && sluice_reads_inside(p, 2);
  const sluice_convolution_way channels = {
      SLUICE_ALONG_CHANNELS, inside ? SLUICE_IN_PLACE : SLUICE_LAID_OUT};
  const int64_t maps = p->output_channels / p->groups, inputs = p->input_channels / p->groups;
  const int64_t depth = inputs * sluice_window_taps(p->axes);
  const int64_t laying = inputs * sluice_layout_floats(layout) / 4;
  if (along.mode != SLUICE_MASKED && run % width != 0 && run > width &&
      row_cost(SLUICE_ALONG_BOTH, maps, depth, run, width) <
          row_cost(SLUICE_ALONG_POSITIONS, maps, depth, run, width)) {
    along.form = SLUICE_ALONG_BOTH;
  }
  const int64_t cost = (along.mode == SLUICE_LAID_OUT ? laying : 0) +
                       rows * row_cost(along.form, maps, depth, run, width);
  const int64_t other =
      (inside ? 0 : laying) + rows * row_cost(SLUICE_ALONG_CHANNELS, maps, depth, run, width);
  return possible && cost <= other ? along : channels;
}

sluice_convolution_form sluice_convolution_choice(
    const sluice_convolution_parameters *p, int64_t width) {
  sluice_layout_axis layout[3];
  sluice_layout_of(p, layout);
  return sluice_way(p, layout, width).form;
}

double sluice_convolution_estimate(const sluice_convolution_parameters *p, int64_t width) {
  const int64_t first[3] = {0, 0, 0};
  sluice_layout_axis layout[3];
  sluice_layout_of(p, layout);
  const sluice_convolution_way way = sluice_way(p, layout, width);
  const sluice_positions s = sluice_positions_of(p, layout, way.mode, first);
  const int64_t maps = p->output_channels / p->groups;
  const int64_t phases = sluice_phases(p, 0) * sluice_phases(p, 1) * sluice_phases(p, 2);
  const int64_t depth = p->input_channels / p->groups * sluice_window_taps(p->axes) / phases;
  const int64_t rows = p->batch * p->groups * s.counts[0] * s.counts[1] * phases;
  const int64_t products = rows * row_cost(way.form, maps, depth, s.counts[2], width);
  const int64_t laid =
      way.mode == SLUICE_LAID_OUT ? p->input_channels * sluice_layout_floats(layout) : 0;
  // Cycles: two vector products each, a laid out float 1/2, 30 a row and group, 200 for the call.
  return ((double)products / 2 + (double)laid / 2 + 30.0 * (double)rows + 200) / 2.8;
}

static int64_t rounded_up(int64_t bytes) { return (bytes + 63) / 64 * 64; }

sluice_convolution_plan sluice_plan_offsets(const sluice_convolution_parameters *p) {
  sluice_convolution_plan plan = {0};
  const int64_t depth = p->input_channels / p->groups * sluice_window_taps(p->axes);
  sluice_layout_of(p, plan.axes);
  plan.phase_count = sluice_phases(p, 0) * sluice_phases(p, 1) * sluice_phases(p, 2);
  plan.slots_at = rounded_up(sizeof plan);
  plan.phases_at = rounded_up(plan.slots_at + plan.axes[2].slots * (int64_t)sizeof(sluice_slot));
  plan.taps_at = rounded_up(
      plan.phases_at + plan.phase_count * SLUICE_READ_MODES * (int64_t)sizeof(sluice_phase));
  plan.weights_at =
      rounded_up(plan.taps_at + depth * SLUICE_READ_MODES * (int64_t)sizeof(sluice_tap));
  return plan;
}

/// Marks positions 0 ..< count of the innermost axis whose input, `first` for position 0, is inside.
static void mark(const sluice_window *w, int64_t first, int64_t count, uint16_t *masks) {
  for (int64_t i = 0; i < count && i < 64; i++) {
    const int inside = first + i >= 0 && first + i < w->input;
    masks[i / 16] = (uint16_t)(masks[i / 16] | inside << i % 16);
  }
}

/// Lists the taps of one phase in canonical order; returns how many.
static int64_t list_taps(
    const sluice_convolution_parameters *p, const sluice_layout_axis *axes, sluice_read_mode mode,
    const int64_t *phase, int64_t count, sluice_tap *taps) {
  const int laid = mode == SLUICE_LAID_OUT;
  const int64_t row = axes[2].slots * axes[2].count, lanes = sluice_block_lanes(p);
  const int64_t units[3] = {laid ? axes[1].count * row : p->x_axes[0], laid ? row : p->x_axes[1],
                            laid ? 1 : p->x_axes[2]};
  const int64_t channel = laid ? sluice_layout_floats(axes) : p->x_channel;
  const int64_t all = sluice_window_taps(p->axes);
  int64_t listed = 0;
  for (int64_t i = 0; i < p->input_channels / p->groups * all; i++) {
    sluice_tap tap = {i / all * channel, i * lanes, {0}};
    int64_t k[3], input = 0;
    int meets = 1;
    sluice_window_tap(p->axes, i % all, k);
    for (int d = 0; d < 3; d++) {
      meets &= sluice_tap_input(&p->axes[d], p->transposed, phase[d], k[d], &input);
      tap.x += (laid ? sluice_tap_place(&p->axes[d], &axes[d], k[d], input) : input) * units[d];
    }
    mark(&p->axes[2], input, count, tap.masks);
    if (meets) taps[listed++] = tap;
  }
  return listed;
}

static void fill_slots(
    const sluice_convolution_parameters *p, const sluice_layout_axis *a, sluice_slot *slots) {
  for (int64_t q = 0; q < a->slots; q++) {
    const int64_t start = a->first + q * a->shift;
    sluice_slot s = {.count = a->count, .step = a->scale * p->x_axes[2]};
    s.begin = sluice_first_at_least(0, start, a->scale, a->count);
    s.end = sluice_first_at_least(p->axes[2].input, start, a->scale, a->count);
    if (s.end <= s.begin) s.end = s.begin;
    if (s.end > s.begin) s.first = (start + s.begin * a->scale) * p->x_axes[2];
    slots[q] = s;
  }
}

void sluice_fill_plan(const sluice_convolution_parameters *p, void *packed) {
  char *base = packed;
  sluice_convolution_plan plan = sluice_plan_offsets(p);
  sluice_phase *phases = (sluice_phase *)(void *)(base + plan.phases_at);
  sluice_tap *taps = (sluice_tap *)(void *)(base + plan.taps_at);
  plan.x_batch = p->x_batch;
  plan.x_channel = p->x_channel;
  for (int d = 0; d < 3; d++) plan.x_axes[d] = p->x_axes[d];
  for (int i = 0; i < 3; i++) plan.ways[i] = sluice_way(p, plan.axes, 4 << i);
  fill_slots(p, &plan.axes[2], (sluice_slot *)(void *)(base + plan.slots_at));
  int64_t listed = 0;
  for (int64_t i = 0; i < plan.phase_count * SLUICE_READ_MODES; i++) {
    const sluice_read_mode mode = (sluice_read_mode)(i % SLUICE_READ_MODES);
    const int64_t number = i / SLUICE_READ_MODES, width = sluice_phases(p, 2);
    const int64_t height = sluice_phases(p, 1);
    const int64_t r[3] = {number / width / height, number / width % height, number % width};
    sluice_phase phase = {.positions = sluice_positions_of(p, plan.axes, mode, r), .taps = listed};
    for (int d = 0; d < 3; d++) phase.y += r[d] * p->y_axes[d];
    phase.depth =
        list_taps(p, plan.axes, mode, r, phase.positions.counts[2], taps + phase.taps);
    listed += phase.depth;
    phases[i] = phase;
  }
  memcpy(packed, &plan, sizeof plan);
}
