// Transposed convolution over up to three spatial axes (ONNX ConvTranspose), weights
// W [C, M/g, k…]: input position i, tap k goes to output i · stride + k · dilation − begin,
//
//     Y[n, m, o] = B[m] + Σ over (i, k) that meet o of Σ_c W[c, m, k] · X[n, c, i]
//
// Per group the inner sum is one product, columns [M/g · K, I] = Wᵀ [M/g · K, C/g] · X [C/g, I];
// its rows are then added in order of k, each in order of i.
#include "product.h"
#include "window.h"

/// The axes of a transposed window: `input` and `output` are those of the operator, so positions run
/// over the input and land in the output.
static int64_t land(const sluice_window *w, int64_t i, int64_t k) {
  return sluice_window_input(w, i, k);
}

/// Adds what one tap makes of all input positions to one output channel.
static void add_tap(const sluice_window *axes, int64_t tap, const float *row, float *y) {
  const sluice_window *depth = &axes[0], *height = &axes[1], *width = &axes[2];
  int64_t k[3];
  sluice_window_tap(axes, tap, k);
  const int64_t offset = k[2] * width->dilation - width->begin;
  const int64_t first = sluice_first_at_least(0, offset, width->stride, width->input);
  const int64_t end = sluice_first_at_least(width->output, offset, width->stride, width->input);
  for (int64_t d = 0; d < depth->input; d++) {
    const int64_t z = land(depth, d, k[0]);
    for (int64_t h = 0; h < height->input; h++, row += width->input) {
      const int64_t line = land(height, h, k[1]);
      if (z < 0 || z >= depth->output || line < 0 || line >= height->output) continue;
      float *output = y + (z * height->output + line) * width->output;
      for (int64_t i = first; i < end; i++) output[i * width->stride + offset] += row[i];
    }
  }
}

static void transpose_group(
    const sluice_conv_parameters *p, const float *x, const float *w, const float *bias,
    float *columns, float *y) {
  const int64_t channels = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  const int64_t taps = sluice_window_taps(p->axes), rows = maps * taps;
  if (rows > 0 && inputs > 0) {
    cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)rows, (blasint)inputs, (blasint)channels,
        1, w, (blasint)rows, x, (blasint)inputs, 0, columns, (blasint)inputs);
  }
  for (int64_t m = 0; m < maps; m++, y += outputs) {
    for (int64_t o = 0; o < outputs; o++) y[o] = bias ? bias[m] : 0;
    for (int64_t tap = 0; tap < taps; tap++, columns += inputs) {
      add_tap(p->axes, tap, columns, y);
    }
  }
}

int32_t sluice_conv_transpose(const void *parameters, void *const *operands) {
  const sluice_conv_parameters *p = parameters;
  const float *x = operands[0];
  const float *w = operands[1];
  const float *bias = operands[2];
  float *columns = operands[3];
  float *y = operands[4];
  const int64_t channels = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t g = 0; g < p->groups; g++) {
      transpose_group(
          p, x + g * channels * inputs, w + g * channels * maps * sluice_window_taps(p->axes),
          bias ? bias + g * maps : NULL, columns, y + g * maps * outputs);
    }
    x += p->input_channels * inputs;
    y += p->output_channels * outputs;
  }
  return SLUICE_OK;
}
