// E6. Part 0: whether a row's bits depend on its place, on its neighbours or on which operand is
// which. Part 1: cycles of a chained m16n8k16 and the rate of all units. Decides whether weights
// may be the rows of the product for few streams.
#include "experiments.h"

enum { K = 1024, ROWS = 16, COLUMNS = 8 };

static cl_kernel tile;
static cl_mem a_there, b_there, d_there;

/// d = a bᵀ on the device.
static void multiply(const uint16_t a[ROWS][K], const uint16_t b[COLUMNS][K],
                     float d[ROWS][COLUMNS]) {
  write_buffer(a_there, a, sizeof(uint16_t[ROWS][K]));
  write_buffer(b_there, b, sizeof(uint16_t[COLUMNS][K]));
  SET(tile, 0, a_there);
  SET(tile, 1, b_there);
  SET(tile, 2, d_there);
  run(tile, 1, 32);
  read_buffer(d_there, d, sizeof(float[ROWS][COLUMNS]));
}

static uint16_t a[ROWS][K], b[COLUMNS][K], a2[ROWS][K], b2[COLUMNS][K];
static float d[ROWS][COLUMNS], d2[ROWS][COLUMNS];

static bool same(float x, float y) { return memcmp(&x, &y, 4) == 0; }

static void fill(void) {
  uint32_t state = 6;
  for (int k = 0; k < K; k++) {
    for (int r = 0; r < ROWS; r++) a[r][k] = half_bits(next_random(&state));
    for (int c = 0; c < COLUMNS; c++) b[c][k] = half_bits(next_random(&state) * 0.03125f);
  }
}

static double exact(int row, int column) {
  double sum = 0;
  for (int k = 0; k < K; k++) sum += (double)half_value(a[row][k]) * half_value(b[column][k]);
  return sum;
}

static bool equals_fma_chain(int row, int column) {
  float sum = 0;
  for (int k = 0; k < K; k++) sum = fmaf(half_value(a[row][k]), half_value(b[column][k]), sum);
  return same(sum, d[row][column]);
}

/// Row r goes to place (5 r + 3) mod 16, column c to (3 c + 1) mod 8.
static bool places_do_not_matter(void) {
  for (int r = 0; r < ROWS; r++) memcpy(a2[(5 * r + 3) % ROWS], a[r], sizeof a[r]);
  for (int c = 0; c < COLUMNS; c++) memcpy(b2[(3 * c + 1) % COLUMNS], b[c], sizeof b[c]);
  multiply(a2, b2, d2);
  bool equal = true;
  for (int r = 0; r < ROWS; r++) {
    for (int c = 0; c < COLUMNS; c++) {
      equal = equal && same(d[r][c], d2[(5 * r + 3) % ROWS][(3 * c + 1) % COLUMNS]);
    }
  }
  return equal;
}

/// One row among zeros.
static bool neighbours_do_not_matter(void) {
  memset(a2, 0, sizeof a2);
  memcpy(a2[0], a[0], sizeof a[0]);
  multiply(a2, b, d2);
  bool equal = true;
  for (int c = 0; c < COLUMNS; c++) equal = equal && same(d[0][c], d2[0][c]);
  return equal;
}

/// Eight rows of a as the columns, the columns as eight of the rows.
static bool roles_do_not_matter(void) {
  memset(a2, 0, sizeof a2);
  memcpy(a2, b, sizeof b);
  memcpy(b2, a, sizeof b2);
  multiply(a2, b2, d2);
  bool equal = true;
  for (int r = 0; r < COLUMNS; r++) {
    for (int c = 0; c < COLUMNS; c++) equal = equal && same(d[r][c], d2[c][r]);
  }
  return equal;
}

static void bits(void) {
  tile = make_kernel("matrix.cl", "tile", "-DK=%d", K);
  a_there = make_buffer(sizeof a);
  b_there = make_buffer(sizeof b);
  d_there = make_buffer(sizeof d);
  fill();
  multiply(a, b, d);
  double error = 0;
  int chains = 0;
  for (int r = 0; r < ROWS; r++) {
    for (int c = 0; c < COLUMNS; c++) {
      error = fmax(error, fabs(d[r][c] - exact(r, c)));
      chains += equals_fma_chain(r, c);
    }
  }
  report_text("form", device.ptx ? "mma.sync m16n8k16" : "fma, as there is no inline PTX");
  report(error, "absolute", OPEN, "largest error of %d terms below 1/32", K);
  if (error > 1e-3) fail("the product is wrong by %g", error);
  report_flag(places_do_not_matter(), DERIVED(1), "equal bits in other rows and columns");
  report_flag(neighbours_do_not_matter(), DERIVED(1), "equal bits of one row among zeros");
  report_flag(roles_do_not_matter(), DERIVED(1), "equal bits with roles exchanged");
  report(chains / (double)(ROWS * COLUMNS), "fraction", OPEN, "sums equal to one chain of fma");
}

/// Cycles of one instruction in the first warp; `seconds` of the launch.
static double measure_rate(int chains, size_t groups, size_t items, cl_uint turns,
                           double *seconds) {
  const cl_kernel kernel = make_kernel("matrix.cl", "rate", "-DCHAINS=%d", chains);
  const cl_mem x = make_buffer(4096), y = make_buffer(groups * items * 4), cycles = make_buffer(4);
  SET(kernel, 0, x);
  SET(kernel, 1, y);
  SET(kernel, 2, cycles);
  SET(kernel, 3, turns);
  run(kernel, groups, items);
  *seconds = run(kernel, groups, items);
  uint32_t count;
  read_buffer(cycles, &count, 4);
  return (double)count / turns / chains;
}

static void speed(void) {
  if (!device.ptx) return report_absent("mma.sync, chain and rate", "no inline PTX here");
  const double flops = 2.0 * 16 * 8 * 16;
  double seconds;
  report(measure_rate(1, 1, 32, 10000, &seconds), "cycles", PUBLISHED(33), "chained m16n8k16");
  static const int warps[] = {4, 8, 16};
  for (int w = 0; w < COUNT(warps); w++) {
    const cl_uint turns = 4000;
    const size_t items = (size_t)warps[w] * 32;
    measure_rate(8, device.units, items, turns, &seconds);
    report(flops * turns * 8 * warps[w] * device.units / seconds * 1e-12, "TFLOP/s", PUBLISHED(620),
           "m16n8k16, %d warps a unit, 8 chains each", warps[w]);
  }
  report(measure_rate(8, 1, 128, 10000, &seconds), "cycles", DERIVED(6.5),
         "m16n8k16 of one warp a tensor core, 8 chains");
}

void matrix(int part) {
  open_device();
  if (part == 0) return bits();
  speed();
}
