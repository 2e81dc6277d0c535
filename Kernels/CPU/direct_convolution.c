// Direct convolutions before they run: how weights are packed, workspace, names. The kernel is
// Vector/convolution.h.
//
// Packed: the plan (convolution_plan.c), then the weights, zeros where there is no channel, in blocks of b = min(16, M/g) lanes:
//
//     plain         packed[g, m / b, c, k, m mod b] = W[g · M/g + m, c, k]
//     transposed    packed[g, m / b, c, k, m mod b] = W[g · C/g + c, m, k]
//     depthwise     packed[g / 16, k, g mod 16]     = W[g, 0, k]
//
// and 16 zeros at the end, which a vector along channels may read.
#include "direct_convolution.h"

static int64_t share(int64_t channels, const sluice_convolution_parameters *p) {
  return channels / p->groups;
}

static int64_t blocks(const sluice_convolution_parameters *p) {
  const int64_t lanes = sluice_block_lanes(p);
  if (sluice_is_depthwise(p)) return (p->groups + lanes - 1) / lanes;
  return p->groups * ((share(p->output_channels, p) + lanes - 1) / lanes);
}

int64_t sluice_convolution_packed_count(const sluice_convolution_parameters *p) {
  const int64_t depth = share(p->input_channels, p) * sluice_window_taps(p->axes);
  const int64_t used = blocks(p) * depth * sluice_block_lanes(p) + SLUICE_LANES;
  const int64_t weights = (used + SLUICE_LANES - 1) / SLUICE_LANES * SLUICE_LANES;
  return sluice_plan_offsets(p).weights_at / (int64_t)sizeof(float) + weights;
}

void sluice_convolution_pack(
    const sluice_convolution_parameters *p, const float *weights, float *packed) {
  const int64_t lanes = sluice_block_lanes(p), taps = sluice_window_taps(p->axes);
  const int64_t inputs = share(p->input_channels, p), maps = share(p->output_channels, p);
  const int64_t depth = inputs * taps, in_group = (maps + lanes - 1) / lanes;
  memset(packed, 0, (size_t)sluice_convolution_packed_count(p) * sizeof(float));
  sluice_fill_plan(p, packed);
  packed += sluice_plan_offsets(p).weights_at / (int64_t)sizeof(float);
  for (int64_t m = 0; m < p->output_channels; m++) {
    const int64_t g = m / maps, lane = sluice_is_depthwise(p) ? m % lanes : m % maps % lanes;
    const int64_t block = sluice_is_depthwise(p) ? m / lanes : g * in_group + m % maps / lanes;
    for (int64_t i = 0; i < depth; i++) {
      const int64_t c = i / taps, k = i % taps;
      const int64_t from =
          p->transposed ? ((g * inputs + c) * maps + m % maps) * taps + k : m * depth + i;
      packed[(block * depth + i) * lanes + lane] = weights[from];
    }
  }
}

int64_t sluice_convolution_products(const sluice_convolution_parameters *p) {
  int64_t products = p->batch * p->output_channels * share(p->input_channels, p);
  for (int d = 0; d < 3; d++) {
    const sluice_window *w = &p->axes[d];
    int64_t pairs = 0;
    for (int64_t k = 0; k < w->kernel; k++) {
      for (int64_t r = 0; r < sluice_phases(p, d); r++) {
        int64_t input;
        if (sluice_tap_input(w, p->transposed, r, k, &input)) {
          pairs += sluice_phase_outputs(w, sluice_phases(p, d), r);
        }
      }
    }
    products *= pairs;
  }
  return products;
}

int64_t sluice_convolution_workspace(const sluice_convolution_parameters *p) {
  sluice_layout_axis layout[3];
  sluice_layout_of(p, layout);
  int laid_out = 0;
  for (int64_t width = 4; width <= SLUICE_LANES; width *= 2) {
    laid_out |= sluice_way(p, layout, width).mode == SLUICE_LAID_OUT;
  }
  // A tile of vectors may be read behind the last channel.
  const int64_t floats = p->input_channels * sluice_layout_floats(layout) + 4 * SLUICE_LANES;
  return laid_out ? floats * (int64_t)sizeof(float) : 0;
}

const char *sluice_convolution_form_name(sluice_convolution_form form) {
  switch (form) {
    case SLUICE_ALONG_POSITIONS: return "along positions";
    case SLUICE_ALONG_BOTH: return "along positions, the rest along channels";
    case SLUICE_ALONG_CHANNELS: return "along channels";
    default: return "along groups";
  }
}
