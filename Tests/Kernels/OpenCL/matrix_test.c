// matrix_few.cl and matrix_tile.cl against sums in double over values rounded to 16 bits: every
// cell, fp16 and bf16, odd sizes, streams in any slot and parity; rows of other streams stay as
// they are; and every form gives the same bits.
#include "device.h"

enum { GRU_AFTER = 1, GRU_GATES, GRU_STATE, LSTM, RNN, PRODUCT };
enum { SLOTS = 80, FIRST = 3 };

typedef struct { int cell, k1, k2, n, count; bool bf16; } Case;
/// One of the kernels; `streams` x `units` a group.
typedef struct {
  const char *name, *files, *options;
  int streams, units, items;
} Form;

static const Form forms[] = {
    {"step_few", "matrix_few", "-DSTREAMS=8 -DOCTETS=1 -DSTAGES=3 -DITEMS=32", 8, 8, 32},
    {"step_few", "matrix_few", "-DSTREAMS=16 -DOCTETS=2 -DSTAGES=2 -DITEMS=32", 16, 16, 32},
    {"step_tile", "matrix_tile",
     "-DWARPS_M=1 -DPAIRS=1 -DOCTETS=1 -DSTAGES=3 -DITEMS=128", 32, 32, 128},
    {"step_tile", "matrix_tile",
     "-DWARPS_M=2 -DPAIRS=2 -DOCTETS=2 -DSTAGES=2 -DITEMS=256", 128, 64, 256},
};

static const Case cases[] = {
    {GRU_AFTER, 40, 33, 33, 5, false}, {GRU_AFTER, 64, 96, 96, 37, true},
    {GRU_GATES, 7, 20, 20, 9, false},  {GRU_STATE, 7, 20, 20, 9, false},
    {LSTM, 33, 40, 40, 17, true},      {LSTM, 32, 16, 16, 3, false},
    {RNN, 1, 63, 63, 2, false},        {PRODUCT, 100, 0, 65, 19, false},
    {PRODUCT, 32, 0, 16, 70, true},    {LSTM, 32, 16, 16, 0, false},
    {GRU_AFTER, 7, 9, 9, 3, false},    {LSTM, 5, 7, 7, 2, true},
};

static int gates_of(int cell) {
  return cell == GRU_AFTER ? 3 : cell == LSTM ? 4 : cell == GRU_GATES ? 2 : 1;
}
static int sums_of(int cell) { return cell == GRU_AFTER ? 4 : gates_of(cell); }

/// All that a launch reads and writes. A state row is h then c, each of `wide` floats, twice a slot;
/// a crossing row is reset then update.
typedef struct {
  Case c;
  int wide, gates, sums, slots[SLOTS], parities[SLOTS];
  float *weights, *bias, *peepholes, *x, *states, *crossing;
  uint16_t *packed;
  size_t packed_count;
} Layer;

/// The index of value (gate, unit, k) of part 0 or 1 in the packed weights.
static size_t packed_index(const Layer *l, int part, int gate, int unit, int k) {
  const int first = (l->c.k1 + 31) / 32, blocks = first + (l->c.k2 + 31) / 32;
  const int block = k / 32 + part * first;
  const size_t tile = ((size_t)(unit / 8) * (size_t)blocks + (size_t)block) * (size_t)l->gates;
  return ((tile + (size_t)gate) * 8 + (size_t)(unit % 8)) * 32 + (size_t)(k % 32);
}

static float *weight_of(const Layer *l, int part, int gate, int unit, int k) {
  const int depth = l->c.k1 + l->c.k2;
  return &l->weights[(gate * l->c.n + unit) * depth + k + part * l->c.k1];
}

static float *floats(size_t count, double scale) {
  float *values = malloc(count * 4);
  fill(values, count, scale);
  return values;
}

static Layer make_layer(Case c) {
  const int deepest = c.k1 > c.k2 ? c.k1 : c.k2;
  const int wide = ((deepest > c.n ? deepest : c.n) + 15) / 16 * 16;
  Layer l = {.c = c, .wide = wide, .gates = gates_of(c.cell), .sums = sums_of(c.cell)};
  const size_t w = (size_t)wide, n = (size_t)c.n;
  l.weights = floats((size_t)l.gates * n * (size_t)(c.k1 + c.k2), 2 / sqrt(c.k1 + c.k2));
  l.bias = floats((size_t)l.sums * n, 0.5);
  l.peepholes = floats(3 * n, 0.5);
  l.x = floats(SLOTS * w, 1);
  l.states = floats(SLOTS * 2 * 2 * w, 1);
  l.crossing = floats(SLOTS * 2 * w, 1);
  const int blocks = (c.k1 + 31) / 32 + (c.k2 + 31) / 32;
  l.packed_count = (n + 7) / 8 * (size_t)(blocks * l.gates) * 256;
  l.packed = calloc(l.packed_count, 2);
  for (int part = 0; part < 2; part++) {
    for (int i = 0; i < l.gates * c.n; i++) {
      for (int k = 0; k < (part ? c.k2 : c.k1); k++) {
        const float value = *weight_of(&l, part, i / c.n, i % c.n, k);
        l.packed[packed_index(&l, part, i / c.n, i % c.n, k)] = bits_of(value, c.bf16);
      }
    }
  }
  for (int i = 0; i < SLOTS; i++) {
    l.slots[i] = (i * 37 + 5) % SLOTS;
    l.parities[i] = (int)(random_bits() & 1);
  }
  return l;
}

/// Sum `index` of a unit in double, over rounded values; the largest sum of magnitudes into `size`.
static double sum_of(const Layer *l, int index, int unit, const float *const *rows, double *size) {
  double sum = l->bias[index * l->c.n + unit], magnitude = fabs(sum);
  for (int part = 0; part < 2; part++) {
    if (l->c.cell == GRU_AFTER && index >= 2 && index - 2 != part) continue;
    const int gate = index == 3 && l->c.cell == GRU_AFTER ? 2 : index;
    for (int k = 0; k < (part ? l->c.k2 : l->c.k1); k++) {
      const double w = rounded(*weight_of(l, part, gate, unit, k), l->c.bf16);
      const double term = w * rounded(rows[part][k], l->c.bf16);
      sum += term;
      magnitude += fabs(term);
    }
  }
  *size = fmax(*size, magnitude);
  return sum;
}

/// The one or two results of a unit from its sums.
static void results_of(const Layer *l, const double *s, int unit, const float *h,
                       const float *update, double *result) {
  const float *p = l->peepholes + unit, old = h[unit];
  const int n = l->c.n;
  double z, c;
  switch (l->c.cell) {
  case GRU_AFTER:
    z = sigmoid(s[1]);
    result[0] = z * old + (1 - z) * tanh(s[2] + sigmoid(s[0]) * s[3]);
    break;
  case GRU_GATES:
    result[0] = sigmoid(s[0]) * old;
    result[1] = sigmoid(s[1]);
    break;
  case GRU_STATE: result[0] = update[unit] * old + (1 - update[unit]) * tanh(s[0]); break;
  case LSTM:
    c = h[l->wide + unit];
    result[1] = sigmoid(s[1] + p[n] * c) * c + sigmoid(s[0] + p[0] * c) * tanh(s[2]);
    result[0] = sigmoid(s[3] + p[2 * n] * result[1]) * tanh(result[1]);
    break;
  case RNN: result[0] = tanh(s[0]); break;
  default: result[0] = fmax(s[0], 0);
  }
}

static void check(const Layer *l, const Form *f, const float *states, const float *crossing,
                  const float *y) {
  char what[200];
  snprintf(what, sizeof what, "cell %d, %d + %d to %d, %d streams, %s %s", l->c.cell, l->c.k1,
           l->c.k2, l->c.n, l->c.count, f->name, f->options);
  float *expected_states = malloc(SLOTS * 4 * (size_t)l->wide * 4);
  memcpy(expected_states, l->states, SLOTS * 4 * (size_t)l->wide * 4);
  for (int place = 0; place < l->c.count; place++) {
    const int slot = l->slots[FIRST + place], parity = l->parities[FIRST + place];
    const float *h = l->states + (slot * 2 + parity) * 2 * l->wide;
    float *next = expected_states + (slot * 2 + 1 - parity) * 2 * l->wide;
    const float *reset = l->crossing + place * 2 * l->wide;
    const float *rows[2] = {l->x + slot * l->wide, l->c.cell == GRU_STATE ? reset : h};
    for (int unit = 0; unit < l->c.n; unit++) {
      double sums[4], size = 0, result[2] = {0, 0};
      for (int i = 0; i < l->sums; i++) sums[i] = sum_of(l, i, unit, rows, &size);
      results_of(l, sums, unit, h, reset + l->wide, result);
      // Sums: a rounding of 2^-23 a term. Gates: slopes of at most 1 and their errors.
      const double bound = size * 0x1p-23 * (l->c.k1 + l->c.k2 + 2) / 4 + 2e-6;
      const size_t at = (size_t)(place * l->c.n + unit);
      if (l->c.cell == GRU_GATES) {
        hold(what, at, crossing[place * 2 * l->wide + unit], result[0], bound);
        hold(what, at, crossing[(place * 2 + 1) * l->wide + unit], result[1], bound);
        continue;
      }
      hold(what, at, y[slot * l->wide + unit], result[0], bound);
      if (l->c.cell == PRODUCT) continue;
      hold(what, at, states[next + unit - expected_states], y[slot * l->wide + unit], 0);
      next[unit] = y[slot * l->wide + unit];
      if (l->c.cell != LSTM) continue;
      const ptrdiff_t cell = next + l->wide + unit - expected_states;
      hold(what, at, states[cell], result[1], bound);
      next[l->wide + unit] = states[cell];
    }
  }
  if (memcmp(expected_states, states, SLOTS * 4 * (size_t)l->wide * 4)) {
    hold(what, 0, 1, 0, 0);
  }
  free(expected_states);
}

static char *options_of(const Layer *l, const Form *f, char *text, size_t size) {
  snprintf(text, size,
           "%s -DVW=2 -DBF16=%d -DCELL=%d -DK1=%d -DK2=%d -DN=%d -DCOUPLED=0 -DROW=%d -DALIGNED=%d",
           f->options, l->c.bf16, l->c.cell, l->c.k1, l->c.k2, l->c.n, l->wide * 4,
           l->c.cell != RNN);
  return text;
}

static const char *const row_macros =
    "#define WEIGHTS (constants + 65536)\n"
    "#define BIAS ((__global const float *)constants)\n"
    "#define PEEPHOLES ((__global const float *)(constants + 32768))\n"
    "#define CURRENT(s) (state_rows + (ulong)((s).x * 2 + (s).y) * 2 * ROW)\n"
    "#define NEXT(s) (state_rows + (ulong)((s).x * 2 + 1 - (s).y) * 2 * ROW)\n"
    "#define CROSSING(p) (crossing_rows + (ulong)(p) * 2 * ROW)\n"
    "#define FIRST_ROW(s, p) ((__global const float *)(input_rows + (ulong)(s).x * ROW))\n"
    "#define H_ROW(s, p) ((__global const float *)CURRENT(s))\n"
    "#define C_ROW(s, p) ((__global const float *)(CURRENT(s) + ROW))\n"
    "#define C_NEXT_ROW(s, p) ((__global float *)(NEXT(s) + ROW))\n"
    "#define RESET_ROW(s, p) ((__global float *)CROSSING(p))\n"
    "#define UPDATE_ROW(s, p) ((__global float *)(CROSSING(p) + ROW))\n"
    "#define Y_ROW(s, p) ((__global float *)(output_rows + (ulong)(s).x * ROW))\n"
    "#if CELL == 3\n#define SECOND_ROW(s, p) RESET_ROW(s, p)\n"
    "#elif CELL != 6\n#define SECOND_ROW(s, p) H_ROW(s, p)\n#endif\n"
    "#if CELL != 6\n#define NEXT_ROW(s, p) ((__global float *)NEXT(s))\n#endif\n"
    "#if CELL == 5\n#define F(v) tanh_of_2(v)\n#else\n#define F(v) sigmoid_of_2(v)\n#endif\n"
    "#define G(v) tanh_of_2(v)\n#define OUT(v) tanh_of_2(v)\n"
    "#define ACTIVATE(v, c) fmax(v, (float2)(0.0f))\n";

/// Bias, peepholes and packed weights, where the row macros have them.
static cl_mem constants_of(const Layer *l) {
  const size_t bytes = 65536 + l->packed_count * 2;
  uint8_t *constants = calloc(1, bytes);
  memcpy(constants, l->bias, (size_t)(l->sums * l->c.n) * 4);
  memcpy(constants + 32768, l->peepholes, (size_t)l->c.n * 12);
  memcpy(constants + 65536, l->packed, l->packed_count * 2);
  const cl_mem buffer = buffer_of(constants, bytes);
  free(constants);
  return buffer;
}

/// Runs a form and checks it; gives the bits of its results, summed.
static uint64_t run_form(const Layer *l, const Form *f) {
  char options[500], files[100];
  snprintf(files, sizeof files, "prelude functions matrix # matrix_layout matrix_cells %s", f->files);
  const cl_kernel kernel =
      make_kernel(f->name, files, row_macros, options_of(l, f, options, sizeof options));
  const size_t row = (size_t)l->wide * 4;
  const size_t sizes[] = {SLOTS * row, SLOTS * 4 * row, SLOTS * 2 * row};
  float *y = calloc(1, sizes[0]), *states = malloc(sizes[1]), *crossing = malloc(sizes[2]);
  cl_int list[SLOTS][4];
  for (int i = 0; i < SLOTS; i++) {
    list[i][0] = l->slots[i], list[i][1] = l->parities[i], list[i][2] = list[i][3] = 0;
  }
  cl_mem buffers[] = {constants_of(l), buffer_of(l->x, sizes[0]), buffer_of(y, sizes[0]),
                      buffer_of(l->states, sizes[1]), buffer_of(l->crossing, sizes[2]), NULL,
                      buffer_of(list, sizeof list)};
  for (cl_uint i = 0; i < 7; i++) SET(kernel, i, buffers[i]);
  const cl_int first = FIRST, count = l->c.count;
  SET(kernel, 7, first);
  SET(kernel, 8, count);
  SET(kernel, 9, buffers[6]);
  const int groups = (count + f->streams - 1) / f->streams;
  run_tiles(kernel, groups ? groups : 1, (l->c.n + f->units - 1) / f->units,
            f->items);
  read_buffer(buffers[2], y, sizes[0]);
  read_buffer(buffers[3], states, sizes[1]);
  read_buffer(buffers[4], crossing, sizes[2]);
  for (int i = 0; i < 7; i++) {
    if (buffers[i]) cl.ReleaseMemObject(buffers[i]);
  }
  cl.ReleaseKernel(kernel);
  check(l, f, states, crossing, y);
  uint64_t bits = 0;
  const uint32_t *words[] = {(uint32_t *)y, (uint32_t *)states, (uint32_t *)crossing};
  for (int i = 0; i < 3; i++) {
    for (size_t j = 0; j < sizes[i] / 4; j++) bits = bits * 0x100000001b3u + words[i][j];
  }
  free(y), free(states), free(crossing);
  return bits;
}

/// Arguments are CASE.FORM; without any, all are run.
static bool is_asked(int count, char **arguments, size_t i, size_t j) {
  char name[50];
  snprintf(name, sizeof name, "%zu.%zu", i, j);
  for (int k = 1; k < count; k++) {
    if (strcmp(arguments[k], name) == 0) return true;
  }
  return count < 2;
}

int main(int count, char **arguments) {
  int left = count - 1;
  open_device();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Layer l = make_layer(cases[i]);
    uint64_t expected = 0;
    bool is_first = true;
    for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
      // Few streams and octets that the layer does not have are not what a form is for.
      if ((forms[j].units / 8 > (l.c.n + 7) / 8) && forms[j].items == 32) continue;
      if (!is_asked(count, arguments, i, j)) continue;
      left--;
      const uint64_t bits = run_form(&l, &forms[j]);
      if (is_first) expected = bits;
      is_first = false;
      if (bits != expected) hold("forms differ in bits", i * 10 + j, 1, 0, 0);
    }
    free(l.weights), free(l.bias), free(l.peepholes), free(l.x), free(l.states);
    free(l.crossing), free(l.packed);
  }
  if (left > 0) stop("arguments that name no case: %d", left);
  return closing("matrix_test");
}
