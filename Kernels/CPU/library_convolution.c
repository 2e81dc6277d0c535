// Convolution as matrix product, for many channels at many positions:
//
//     Y [m, o] = bias[m] + Σ_(c, tap) W [m, (c, tap)] · columns [(c, tap), o]
//     columns [(c, tap), o] = X [c, position of tap at o], 0 in the padding
//
// group by group, `tile` output positions o at a time, so that the columns stay in the second-level
// cache. The order of the sum is OpenBLAS's.
#include "library.h"
#include "window.h"

/// What one tap sees of one channel at output positions `first ..< first + count`: one matrix row.
static void gather_tap(
    const sluice_window *axes, int64_t tap, const float *x, int64_t first, int64_t count,
    float *row) {
  const sluice_window *depth = &axes[0], *height = &axes[1], *width = &axes[2];
  int64_t k[3];
  sluice_window_tap(axes, tap, k);
  for (int64_t done = 0; done < count;) {
    const int64_t position = first + done, column = position % width->output;
    const int64_t line = position / width->output;
    int64_t run = width->output - column;
    if (run > count - done) run = count - done;
    const int64_t z = sluice_window_input(depth, line / height->output, k[0]);
    const int64_t h = sluice_window_input(height, line % height->output, k[1]);
    const int inside = z >= 0 && z < depth->input && h >= 0 && h < height->input;
    const float *input = inside ? x + (z * height->input + h) * width->input : NULL;
    for (int64_t i = 0; i < run; i++) {
      const int64_t at = sluice_window_input(width, column + i, k[2]);
      row[done + i] = inside && at >= 0 && at < width->input ? input[at] : 0;
    }
    done += run;
  }
}

/// Output channels of one group at positions `first ..< first + count`.
static void multiply_tile(
    const sluice_library_convolution_parameters *p, const float *w, const float *bias,
    const float *columns, int64_t first, int64_t count, float *y) {
  const int64_t maps = p->output_channels / p->groups, outputs = sluice_window_outputs(p->axes);
  const int64_t k = p->input_channels / p->groups * sluice_window_taps(p->axes);
  for (int64_t m = 0; m < maps; m++) {
    for (int64_t i = 0; i < count; i++) y[m * outputs + first + i] = bias ? bias[m] : 0;
  }
  const sluice_sgemm call = {
      .rows = maps,
      .columns = count,
      .depth = k,
      .beta = 1,
      .a_row = k,
      .b_row = count,
      .y_row = outputs,
  };
  sluice_library_multiply(&call, w, columns, y + first);
}

static void convolve_group(
    const sluice_library_convolution_parameters *p, const float *x, const float *w,
    const float *bias, float *columns, float *y) {
  const int64_t channels = p->input_channels / p->groups, taps = sluice_window_taps(p->axes);
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  for (int64_t first = 0; first < outputs; first += p->tile) {
    const int64_t count = outputs - first < p->tile ? outputs - first : p->tile;
    float *row = columns;
    for (int64_t c = 0; c < channels; c++) {
      for (int64_t tap = 0; tap < taps; tap++, row += count) {
        gather_tap(p->axes, tap, x + c * inputs, first, count, row);
      }
    }
    multiply_tile(p, w, bias, columns, first, count, y);
  }
}

int32_t sluice_library_convolution(const void *parameters, void *const *operands) {
  const sluice_library_convolution_parameters *p = parameters;
  const float *x = operands[0];
  const float *w = operands[1];
  const float *bias = operands[2];
  float *columns = operands[3];
  float *y = operands[4];
  const int64_t channels = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  const int64_t taps = sluice_window_taps(p->axes);
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t g = 0; g < p->groups; g++) {
      convolve_group(
          p, x + g * channels * inputs, w + g * maps * channels * taps,
          bias ? bias + g * maps : NULL, columns, y + g * maps * outputs);
    }
    x += p->input_channels * inputs;
    y += p->output_channels * outputs;
  }
  return SLUICE_OK;
}
