// sequence.cl, sequence_small.cl and sequence_fma.cl against steps in double, each from the state that the kernel
// delivered before: every cell, fp16, bf16 and fp32, tagged words and flags, one group and several.
//
// Groups that wait for each other need not run at the same time on a CPU. So several groups are
// launched a step at a time, where none waits; one group runs all steps, so that tags turn over; two
// groups run all steps and may only be right or give up; and a group that waits for one that never
// comes gives up.
#include "device.h"

enum { GRU_AFTER = 1, LSTM = 4, RNN = 5 };
enum { SLOTS = 24, FIRST = 2, STEPS = 9, X_AT = 4096 };

typedef struct {
  int cell, h, count;
  bool bf16;
  const char *kernel, *options;
  int rows, groups, items;
  /// Steps a launch; groups in fact launched.
  int each, launched;
  /// Rows of a stream beyond the first; whether the last time comes first.
  int more;
  bool backward;
} Case;

#define SMALL(octets, warps) "-DOCTETS=" #octets " -DWARPS=" #warps
#define LARGE(tagged, groups, octets, warps, partials, count_in) \
  "-DTAGGED=" #tagged " -DGROUPS=" #groups " -DOCTETS=" #octets " -DWARPS=" #warps \
  " -DPARTIALS=" #partials " -DCOUNT_IN=" #count_in " -DBOUND=20000"

static const Case cases[] = {
    {GRU_AFTER, 64, 19, false, "sequence_small", SMALL(2, 4), 16, 1, 128, STEPS, 1, 0, false},
    {GRU_AFTER, 32, 3, true, "sequence_small", SMALL(1, 4), 8, 1, 128, STEPS, 1, 0, false},
    {LSTM, 64, 11, false, "sequence_small", SMALL(4, 2), 8, 1, 64, STEPS, 1, 0, false},
    {RNN, 32, 5, false, "sequence_small", SMALL(1, 4), 16, 1, 128, STEPS, 1, 0, false},
    {GRU_AFTER, 64, 7, false, "sequence", LARGE(1, 1, 8, 2, 2, 1), 8, 1, 64, STEPS, 1, 0, false},
    {GRU_AFTER, 64, 19, true, "sequence", LARGE(0, 1, 8, 1, 1, 0), 16, 1, 32, STEPS, 1, 0, false},
    {LSTM, 64, 13, false, "sequence", LARGE(1, 1, 8, 1, 1, 0), 16, 1, 32, STEPS, 1, 0, false},
    {GRU_AFTER, 128, 18, false, "sequence", LARGE(1, 4, 4, 2, 2, 0), 16, 4, 64, 1, 4, 0, false},
    {RNN, 64, 5, true, "sequence", LARGE(0, 2, 4, 2, 2, 0), 8, 2, 64, 1, 2, 0, false},
    {LSTM, 96, 9, true, "sequence", LARGE(1, 3, 4, 3, 1, 0), 16, 3, 96, 1, 3, 0, false},
    {GRU_AFTER, 64, 5, false, "sequence", LARGE(1, 2, 4, 2, 2, 1), 8, 2, 64, STEPS, 2, 0, false},
    {GRU_AFTER, 64, 5, false, "sequence", LARGE(1, 2, 4, 2, 2, 1), 8, 2, 64, STEPS, 1, 0, false},
    {GRU_AFTER, 64, 5, false, "sequence", LARGE(1, 2, 4, 2, 2, 0), 8, 2, 64, STEPS, 1, 0, false},
    {GRU_AFTER, 64, 5, false, "sequence", LARGE(0, 2, 4, 2, 2, 0), 8, 2, 64, STEPS, 1, 0, false},
    {GRU_AFTER, 64, 13, false, "sequence_fma", LARGE(1, 1, 8, 2, 1, 0), 8, 1, 64, STEPS, 1, 0, false},
    {LSTM, 96, 19, false, "sequence_fma", LARGE(1, 1, 12, 1, 1, 0), 16, 1, 32, STEPS, 1, 0, true},
    {RNN, 64, 3, false, "sequence_fma", LARGE(0, 1, 8, 4, 1, 0), 16, 1, 128, STEPS, 1, 6, false},
    {GRU_AFTER, 128, 18, false, "sequence_fma", LARGE(1, 4, 4, 4, 1, 0), 16, 4, 128, 1, 4, 0, false},
    {GRU_AFTER, 64, 5, false, "sequence_fma", LARGE(0, 2, 4, 2, 1, 1), 8, 2, 64, STEPS, 1, 0, false},
    {GRU_AFTER, 32, 5, false, "sequence_small", SMALL(2, 2), 8, 1, 64, STEPS, 1, 2, true},
    {LSTM, 64, 5, true, "sequence", LARGE(1, 1, 8, 1, 1, 0), 8, 1, 32, STEPS, 1, 2, true},
    {RNN, 64, 3, false, "sequence", LARGE(0, 1, 8, 2, 1, 0), 16, 1, 64, STEPS, 1, 6, false},
    {RNN, 32, 1, false, "sequence_fma", LARGE(1, 1, 4, 2, 1, 0), 8, 1, 64, STEPS, 1, 0, false},
};

static int gates_of(int cell) { return cell == GRU_AFTER ? 3 : cell == LSTM ? 4 : 1; }

/// A state row is h then c, twice a slot; a crossing row the exchanged words and then x.
typedef struct {
  Case c;
  int gates, h;
  float *u, *bias, *states, *x;
  void *packed;
  size_t packed_bytes;
} Layer;

static bool is_fp32(const Layer *l) { return !strcmp(l->c.kernel, "sequence_fma"); }

static int rows_of(Case c) { return 1 + c.more; }

static int time_of(Case c, int step) { return c.backward ? STEPS - 1 - step : step; }

static float *x_of(const Layer *l, int place, int row, int step) {
  return l->x + ((place * STEPS + time_of(l->c, step)) * rows_of(l->c) + row) * l->gates * l->h;
}

static float *floats(int count, double scale) {
  float *values = malloc((size_t)count * 4);
  fill(values, (size_t)count, scale);
  return values;
}

static Layer make_layer(Case c) {
  Layer l = {.c = c, .gates = gates_of(c.cell), .h = c.h};
  l.u = floats(l.gates * c.h * c.h, 2 / sqrt(c.h));
  l.bias = floats(c.h, 0.5);
  l.states = floats(SLOTS * 4 * rows_of(c) * c.h, 0.9);
  l.x = floats(c.count * rows_of(c) * STEPS * l.gates * c.h, 1.5);
  l.packed_bytes = (size_t)(l.gates * c.h * c.h) * (is_fp32(&l) ? 4 : 2);
  l.packed = malloc(l.packed_bytes);
  for (int i = 0; i < l.gates * c.h; i++) {
    for (int k = 0; k < c.h; k++) {
      const int gate = i / c.h, unit = i % c.h;
      const int terms = is_fp32(&l) ? 4 : 32;
      const int tile = (unit / 8 * (c.h / terms) + k / terms) * l.gates + gate;
      const int at = (tile * 8 + unit % 8) * terms + k % terms;
      if (is_fp32(&l)) {
        ((float *)l.packed)[at] = l.u[i * c.h + k];
      } else {
        ((uint16_t *)l.packed)[at] = bits_of(l.u[i * c.h + k], c.bf16);
      }
    }
  }
  return l;
}

/// h' of a unit by double sums over the rounded h; `cell` becomes c'.
static double step_of(const Layer *l, const float *x, const float *h, int unit, double *cell) {
  double s[4];
  for (int g = 0; g < l->gates; g++) {
    s[g] = 0;
    for (int k = 0; k < l->h; k++) {
      const float weight = l->u[(g * l->h + unit) * l->h + k];
      s[g] += is_fp32(l) ? (double)weight * h[k]
                         : rounded(weight, l->c.bf16) * rounded(h[k], l->c.bf16);
    }
    if (l->c.cell != GRU_AFTER || g < 2) s[g] += x[g * l->h + unit];
  }
  if (l->c.cell == RNN) return tanh(s[0]);
  if (l->c.cell == LSTM) {
    *cell = sigmoid(s[1]) * *cell + sigmoid(s[0]) * tanh(s[2]);
    return sigmoid(s[3]) * tanh(*cell);
  }
  const double z = sigmoid(s[1]);
  const double n = tanh(x[2 * l->h + unit] + sigmoid(s[0]) * (l->bias[unit] + s[2]));
  return z * h[unit] + (1 - z) * n;
}

static int slot_of(int place) { return (place + FIRST) * 7 % SLOTS; }
static int parity_of(int place) { return place % 3 == 1; }

/// All steps of a row: `y` [STEPS] rows of its stream, `start` and `last` its states.
static void check_row(const Layer *l, const char *what, int place, int row, const float *y,
                      const float *start, const float *last) {
  const int rows = rows_of(l->c);
  for (int unit = 0; unit < l->h; unit++) {
    double cell = start[rows * l->h + unit];
    const float *h = start;
    for (int step = 0; step < STEPS; step++) {
      const float *out = y + (time_of(l->c, step) * rows + row) * l->h;
      const double expected = step_of(l, x_of(l, place, row, step), h, unit, &cell);
      hold(what, (size_t)((place * STEPS + step) * l->h + unit), out[unit], expected, 2e-5);
      h = out;
    }
    hold(what, (size_t)unit, last[unit], h[unit], 0);
    if (l->c.cell == LSTM) hold(what, (size_t)unit, last[rows * l->h + unit], cell, 5e-5);
  }
}

static void check(const Layer *l, const float *y, const float *states) {
  const int rows = rows_of(l->c), size = 2 * rows * l->h;
  char what[300];
  snprintf(what, sizeof what, "cell %d, H %d, %d streams of %d rows, %s %s", l->c.cell, l->h,
           l->c.count, rows, l->c.kernel, l->c.options);
  for (int place = 0; place < l->c.count; place++) {
    const int slot = slot_of(place), parity = parity_of(place);
    for (int row = 0; row < rows; row++) {
      check_row(l, what, place, row, y + slot * STEPS * rows * l->h,
                l->states + (slot * 2 + parity) * size + row * l->h,
                states + (slot * 2 + 1 - parity) * size + row * l->h);
    }
  }
}

// A later launch of a step at a time begins where the last one left off: with the copy it wrote.
static const char *const row_macros =
    "#define WEIGHTS (constants + 4096)\n"
    "#define CANDIDATE_BIAS ((__global const float *)constants)\n"
    "#define CROSSING(p) (crossing_rows + (ulong)(p) * CROSSING_BYTES)\n"
    "#define EXCHANGE_ROW(s, p) ((__global uint *)CROSSING(p))\n"
    "#define X_ROW(s, p) ((__global const float *)(CROSSING(p) + 4096) + (s).z * GATES * H)\n"
    "#define COPY(s, i) ((__global float *)state_rows + (ulong)((s).x * 2 + (i)) * 2 * M * H)\n"
    "#define OLD(s) COPY(s, (s).z == 0 ? (s).y : 1 - (s).y)\n"
    "#define INITIAL_ROW(s, p) ((__global const float *)OLD(s))\n"
    "#define INITIAL_CELL_ROW(s, p) ((__global const float *)OLD(s) + M * H)\n"
    "#define LAST_ROW(s, p) COPY(s, 1 - (s).y)\n"
    "#define LAST_CELL_ROW(s, p) (COPY(s, 1 - (s).y) + M * H)\n"
    "#define Y_ROW(s, p) ((__global float *)output_rows + ((s).x * ALL_STEPS + (s).z) * M * H)\n"
    "#define Y_STEP (M * H)\n#define INITIAL_STEP H\n#define INITIAL_CELL_STEP H\n"
    "#if CELL == 5\n#define F(v) tanh_of_2(v)\n#else\n#define F(v) sigmoid_of_2(v)\n#endif\n"
    "#define G(v) tanh_of_2(v)\n#define OUT(v) tanh_of_2(v)\n";

static cl_kernel kernel_of(const Layer *l, const char *name, int crossing) {
  char options[600], files[200];
  snprintf(options, sizeof options,
           "-DVW=2 -DSTAGES=2 -DBF16=%d -DCELL=%d -DH=%d -DN=H -DK1=H -DROWS=%d -DITEMS=%d -DL=%d "
           "-DALL_STEPS=%d -DCROSSING_BYTES=%d -DM=%d -DBACKWARD=%d -DFLOATS=%d -DSHARE=8 %s",
           l->c.bf16, l->c.cell, l->h, l->c.rows, l->c.items, l->c.each, STEPS, crossing,
           rows_of(l->c), l->c.backward, is_fp32(l), l->c.options);
  snprintf(files, sizeof files, "prelude functions matrix # matrix_layout sequence_cells %s %s",
           strcmp(l->c.kernel, "sequence_small") ? "waiting exchange" : "", l->c.kernel);
  return make_kernel(name, files, row_macros, options);
}

static cl_mem constants_of(const Layer *l) {
  const size_t bytes = 4096 + l->packed_bytes;
  uint8_t *constants = calloc(1, bytes);
  memcpy(constants, l->bias, (size_t)l->h * 4);
  memcpy(constants + 4096, l->packed, bytes - 4096);
  const cl_mem buffer = buffer_of(constants, bytes);
  free(constants);
  return buffer;
}

/// The launches of a case; true if they were given up.
static bool run_steps(const Layer *l, cl_mem *buffers, int crossing) {
  const bool exchanges = strcmp(l->c.kernel, "sequence_small");
  const cl_kernel kernels[] = {exchanges ? kernel_of(l, "sequence_start", crossing) : NULL,
                               kernel_of(l, l->c.kernel, crossing)};
  const cl_int first = FIRST, count = l->c.count;
  bool stopped = false;
  for (int step = 0; step < STEPS && !stopped; step += l->c.each) {
    cl_int list[FIRST + SLOTS][4] = {0}, status[16 + FIRST + SLOTS] = {0};
    for (int place = 0; place < count; place++) {
      list[FIRST + place][0] = slot_of(place);
      list[FIRST + place][1] = parity_of(place);
      list[FIRST + place][2] = step;
    }
    buffers[6] = buffer_of(list, sizeof list);
    const cl_mem words = buffer_of(status, sizeof status);
    for (int k = 0; k < 2; k++) {
      if (!kernels[k]) continue;
      for (cl_uint i = 0; i < 7; i++) SET(kernels[k], i, buffers[i]);
      SET(kernels[k], 7, first);
      SET(kernels[k], 8, count);
      SET(kernels[k], 9, words);
      const int teams = (count * rows_of(l->c) + l->c.rows - 1) / l->c.rows;
      run_tiles(kernels[k], k ? teams : count, k ? l->c.launched : 1, k ? l->c.items : 1);
    }
    read_buffer(words, status, sizeof status);
    stopped = status[1] != 0;
    cl.ReleaseMemObject(buffers[6]);
    cl.ReleaseMemObject(words);
  }
  for (int k = 0; k < 2; k++) {
    if (kernels[k]) cl.ReleaseKernel(kernels[k]);
  }
  return stopped;
}

static void run_case(Case c) {
  Layer l = make_layer(c);
  const int rows_each = rows_of(c);
  const int x_bytes = STEPS * rows_each * l.gates * l.h * 4, crossing = X_AT + x_bytes;
  const size_t y_bytes = (size_t)(SLOTS * STEPS * rows_each * l.h) * 4;
  const size_t state_bytes = (size_t)(SLOTS * 4 * rows_each * l.h) * 4, row_bytes = (size_t)(c.count * crossing);
  uint8_t *rows = malloc(row_bytes);
  // What an earlier launch left in the exchanged words must not matter.
  memset(rows, 0xa5, row_bytes);
  for (int i = 0; i < c.count; i++) {
    memcpy(rows + i * crossing + X_AT, l.x + i * (x_bytes / 4), (size_t)x_bytes);
  }
  float *y = calloc(1, y_bytes), *states = malloc(state_bytes);
  cl_mem buffers[7] = {constants_of(&l), NULL, buffer_of(y, y_bytes),
                       buffer_of(l.states, state_bytes), buffer_of(rows, row_bytes)};
  const bool stopped = run_steps(&l, buffers, crossing);
  read_buffer(buffers[2], y, y_bytes);
  read_buffer(buffers[3], states, state_bytes);
  for (int i = 0; i < 5; i++) {
    if (buffers[i]) cl.ReleaseMemObject(buffers[i]);
  }
  const bool may_stop = c.groups > 1 && c.each > 1, must_stop = c.launched < c.groups;
  if (stopped ? !may_stop : must_stop) {
    hold("a wait is given up", (size_t)c.h, stopped, must_stop, 0);
  }
  if (!stopped && !must_stop) check(&l, y, states);
  free(l.u), free(l.bias), free(l.states), free(l.x), free(l.packed);
  free(rows), free(y), free(states);
}

/// Arguments are numbers of cases; without any, all are run.
int main(int count, char **arguments) {
  int left = count - 1;
  open_device();
  for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
    bool is_asked = count < 2;
    for (int k = 1; k < count; k++) is_asked |= atoi(arguments[k]) == i;
    if (!is_asked) continue;
    left--;
    run_case(cases[i]);
  }
  if (left > 0) stop("arguments that name no case: %d", left);
  return closing("sequence_test");
}
