// Convolution over up to three spatial axes (ONNX Conv), g groups, taps k row-major over the kernel:
//
//     Y[n, m, o] = B[m] + Σ_c Σ_k W[m, c, k] · X[n, c, o · stride + k · dilation − begin]
//
// with c over the channels of m's group and 0 outside the input. Two ways, chosen in prepare:
//
//     direct    sums in order (c, k), each tap added to the whole output row; for depthwise and
//               small convolutions
//     product   per group and tile of output positions, the taps are laid out as a matrix
//               columns [C/g · K, tile] and Y [M/g, tile] = W [M/g, C/g · K] · columns (sgemm)
#include "product.h"
#include "window.h"

/// Adds factor · (input row as the tap sees it) to one output row.
static void add_row(
    const sluice_window *w, int64_t k, float factor, const float *input, float *output) {
  const int64_t offset = k * w->dilation - w->begin;
  const int64_t first = sluice_first_at_least(0, offset, w->stride, w->output);
  const int64_t end = sluice_first_at_least(w->input, offset, w->stride, w->output);
  if (w->stride == 1) {
    for (int64_t o = first; o < end; o++) output[o] += factor * input[o + offset];
  } else {
    for (int64_t o = first; o < end; o++) output[o] += factor * input[o * w->stride + offset];
  }
}

/// Adds one input channel under one kernel to one output channel.
static void add_channel(
    const sluice_window *axes, const float *x, const float *weights, float *y) {
  const sluice_window *depth = &axes[0], *height = &axes[1], *width = &axes[2];
  for (int64_t tap = 0; tap < sluice_window_taps(axes); tap++) {
    int64_t k[3];
    sluice_window_tap(axes, tap, k);
    for (int64_t d = 0; d < depth->output; d++) {
      const int64_t z = sluice_window_input(depth, d, k[0]);
      if (z < 0 || z >= depth->input) continue;
      for (int64_t h = 0; h < height->output; h++) {
        const int64_t row = sluice_window_input(height, h, k[1]);
        if (row < 0 || row >= height->input) continue;
        add_row(
            width, k[2], weights[tap], x + (z * height->input + row) * width->input,
            y + (d * height->output + h) * width->output);
      }
    }
  }
}

static void convolve_directly(
    const sluice_conv_parameters *p, const float *x, const float *w, const float *bias, float *y) {
  const int64_t channels = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  const int64_t taps = sluice_window_taps(p->axes);
  for (int64_t m = 0; m < p->output_channels; m++, y += outputs) {
    for (int64_t o = 0; o < outputs; o++) y[o] = bias ? bias[m] : 0;
    for (int64_t c = 0; c < channels; c++, w += taps) {
      add_channel(p->axes, x + (m / maps * channels + c) * inputs, w, y);
    }
  }
}

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
    const sluice_conv_parameters *p, const float *w, const float *bias, const float *columns,
    int64_t first, int64_t count, float *y) {
  const int64_t maps = p->output_channels / p->groups, outputs = sluice_window_outputs(p->axes);
  const int64_t k = p->input_channels / p->groups * sluice_window_taps(p->axes);
  for (int64_t m = 0; m < maps; m++) {
    for (int64_t i = 0; i < count; i++) y[m * outputs + first + i] = bias ? bias[m] : 0;
  }
  if (count == 1) {
    cblas_sgemv(
        CblasRowMajor, CblasNoTrans, (blasint)maps, (blasint)k, 1, w, (blasint)k, columns, 1, 1,
        y + first, (blasint)outputs);
  } else {
    cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)maps, (blasint)count, (blasint)k, 1, w,
        (blasint)k, columns, (blasint)count, 1, y + first, (blasint)outputs);
  }
}

static void convolve_group(
    const sluice_conv_parameters *p, const float *x, const float *w, const float *bias,
    float *columns, float *y) {
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

int32_t sluice_conv(const void *parameters, void *const *operands) {
  const sluice_conv_parameters *p = parameters;
  const float *x = operands[0];
  const float *w = operands[1];
  const float *bias = operands[2];
  float *columns = operands[3];
  float *y = operands[4];
  const int64_t channels = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const int64_t inputs = sluice_window_inputs(p->axes), outputs = sluice_window_outputs(p->axes);
  for (int64_t n = 0; n < p->batch; n++) {
    if (p->tile == 0) {
      convolve_directly(p, x, w, bias, y);
    } else {
      for (int64_t g = 0; g < p->groups; g++) {
        convolve_group(
            p, x + g * channels * inputs, w + g * maps * channels * sluice_window_taps(p->axes),
            bias ? bias + g * maps : NULL, columns, y + g * maps * outputs);
      }
    }
    x += p->input_channels * inputs;
    y += p->output_channels * outputs;
  }
  return SLUICE_OK;
}
