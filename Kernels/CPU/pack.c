// Weights and biases in the order in which the packed products read them; once, at load.
//
//     dense        packed[s][k][j]          = W[16 s + j, k]                    s < ⌈N / 16⌉, j < 16
//     recurrence   packed[s][k][g][j]       = W[g H + 16 s + j, k]              s < ⌈H / 16⌉
//                  U of a GRU whose reset gate comes before the product: r and z so, g < 2, and n
//                  behind them, packed[s][k][j], because n waits for r and is read by itself
//     bias         packed[s][g][j]          = (b + c)[g H + 16 s + j]
//                  GRU [s][4][j]: r, z, then of n: the bias that goes with W, the one that goes with
//                  U; where the reset gate comes before the product, their sum and 0
//
// with zeros where there is no such output.
#include "kernel.h"
#include "sluice_packed.h"

static int64_t strips(int64_t outputs) { return (outputs + SLUICE_STRIP - 1) / SLUICE_STRIP; }

static int64_t gates(sluice_cell cell) {
  return cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1;
}

/// One gate's rows into every `step`-th group of 16.
static void pack_rows(
    const float *w, int64_t outputs, int64_t inputs, int64_t output_stride, int64_t input_stride,
    int64_t step, float *packed) {
  for (int64_t s = 0; s < strips(outputs); s++, packed += inputs * step) {
    const int64_t first = s * SLUICE_STRIP;
    const int64_t count = outputs - first < SLUICE_STRIP ? outputs - first : SLUICE_STRIP;
    const float *source = w + first * output_stride;
    for (int64_t k = 0; k < inputs; k++) {
      float *target = packed + k * step;
      for (int64_t j = 0; j < count; j++) {
        target[j] = source[j * output_stride + k * input_stride];
      }
      for (int64_t j = count; j < SLUICE_STRIP; j++) target[j] = 0;
    }
  }
}

int64_t sluice_packed_floats(int64_t outputs, int64_t inputs) {
  return strips(outputs) * SLUICE_STRIP * inputs;
}

void sluice_pack(
    const float *w, int64_t outputs, int64_t inputs, int64_t output_stride, int64_t input_stride,
    float *packed) {
  pack_rows(w, outputs, inputs, output_stride, input_stride, SLUICE_STRIP, packed);
}

int64_t sluice_packed_gates_floats(sluice_cell cell, int64_t hidden, int64_t inputs) {
  return gates(cell) * sluice_packed_floats(hidden, inputs);
}

static void pack_gates(
    const float *w, int64_t count, int64_t hidden, int64_t inputs, float *packed) {
  for (int64_t g = 0; g < count; g++) {
    pack_rows(
        w + g * hidden * inputs, hidden, inputs, inputs, 1, count * SLUICE_STRIP,
        packed + g * SLUICE_STRIP);
  }
}

void sluice_pack_gates(
    sluice_cell cell, const float *w, int64_t hidden, int64_t inputs, float *packed) {
  pack_gates(w, gates(cell), hidden, inputs, packed);
}

void sluice_pack_state_gates(
    sluice_cell cell, const float *u, int64_t hidden, int32_t reset_after, float *packed) {
  if (cell != SLUICE_CELL_GRU || reset_after) {
    pack_gates(u, gates(cell), hidden, hidden, packed);
    return;
  }
  for (int64_t g = 0; g < gates(cell); g++) {
    pack_gates(
        u + g * hidden * hidden, 1, hidden, hidden,
        packed + g * sluice_packed_floats(hidden, hidden));
  }
}

int64_t sluice_packed_bias_floats(sluice_cell cell, int64_t hidden) {
  const int64_t rows = cell == SLUICE_CELL_GRU ? 4 : gates(cell);
  return rows * strips(hidden) * SLUICE_STRIP;
}

void sluice_pack_bias(
    sluice_cell cell, const float *bias, int64_t hidden, int32_t reset_after, float *packed) {
  const int64_t count = gates(cell), rows = cell == SLUICE_CELL_GRU ? 4 : count;
  memset(packed, 0, (size_t)sluice_packed_bias_floats(cell, hidden) * sizeof(float));
  if (!bias) return;
  for (int64_t g = 0; g < count; g++) {
    const float *b = bias + g * hidden, *c = b + count * hidden;
    const int apart = cell == SLUICE_CELL_GRU && g == 2 && reset_after;
    for (int64_t i = 0; i < hidden; i++) {
      float *strip = packed + i / SLUICE_STRIP * rows * SLUICE_STRIP + i % SLUICE_STRIP;
      strip[g * SLUICE_STRIP] = apart ? b[i] : b[i] + c[i];
      if (apart) strip[3 * SLUICE_STRIP] = c[i];
    }
  }
}

int64_t sluice_recurrence_workspace(
    sluice_cell cell, const sluice_packed_recurrence_parameters *p, int64_t streams) {
  const int64_t all = streams * p->rows, rows = all < SLUICE_BATCH_ROWS ? all : SLUICE_BATCH_ROWS;
  const int64_t width = strips(p->hidden) * SLUICE_STRIP;
  const int64_t slots = cell == SLUICE_CELL_GRU ? 4 : gates(cell);
  const int64_t states = p->directions * (cell == SLUICE_CELL_LSTM ? 2 : 1);
  const int64_t reset = cell == SLUICE_CELL_GRU && !p->option;
  const int64_t floats = p->directions * p->chunk * slots + states + reset;
  return rows * width * floats * (int64_t)sizeof(float);
}

int64_t sluice_product_workspace(const sluice_product_parameters *p) {
  const int64_t columns = p->columns < SLUICE_PRODUCT_GROUP ? p->columns : SLUICE_PRODUCT_GROUP;
  return sluice_packed_floats(columns, p->depth) * (int64_t)sizeof(float);
}
