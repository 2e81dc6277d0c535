// E5. Bytes a second from L2 and from memory: each group its own slice of a working set, all
// groups the same 32 KB, and a set of 6 MB again after a long streaming read. Decides hints and
// where weights of H = 2048 and more can stream from.
#include "experiments.h"

enum { ITEMS = 512 };

static cl_kernel reader, passing;
static cl_mem words, sums;
static size_t set_bytes;

/// Seconds of one launch in which `groups` read `bytes` in all (or each, of the same), repeated.
static double read_seconds(cl_kernel kernel, cl_uint groups, size_t bytes, bool same,
                           cl_uint repeats) {
  const cl_uint count = (cl_uint)(bytes / 16 / (same ? 1 : groups)), stride = same ? 0 : count;
  SET(kernel, 0, words);
  SET(kernel, 1, sums);
  SET(kernel, 2, count);
  SET(kernel, 3, stride);
  SET(kernel, 4, repeats);
  return run(kernel, groups, ITEMS);
}

/// Checks one launch against sums made here, with words that are i mod 1021.
static void check_sums(cl_kernel kernel) {
  enum { GROUPS = 3, COUNT4 = 5000, REPEATS = 2 };
  uint32_t *got = malloc(GROUPS * ITEMS * 4);
  read_seconds(kernel, GROUPS, (size_t)GROUPS * COUNT4 * 16, false, REPEATS);
  read_buffer(sums, got, GROUPS * ITEMS * 4);
  for (uint32_t g = 0; g < GROUPS; g++) {
    uint32_t expected = 0, sum = 0;
    for (uint32_t i = g * COUNT4 * 4; i < (g + 1) * COUNT4 * 4; i++) {
      for (uint32_t turn = 0; turn < REPEATS; turn++) expected += i % 1021 ^ turn;
    }
    for (int i = 0; i < ITEMS; i++) sum += got[g * ITEMS + (uint32_t)i];
    if (sum != expected) fail("group %u read the sum %u, not %u", g, sum, expected);
  }
  free(got);
}

static void fill_set(void) {
  set_bytes = device.cpu ? (size_t)16 << 20 : (size_t)512 << 20;
  uint32_t *values = malloc(set_bytes);
  for (size_t i = 0; i < set_bytes / 4; i++) values[i] = (uint32_t)(i % 1021);
  words = buffer_of(values, set_bytes);
  free(values);
}

static void report_rate(const char *what, double bytes, double seconds, Prediction terabytes) {
  report(bytes / seconds * 1e-12, "TB/s", terabytes, "%s", what);
  report(bytes / seconds / device.units / (device.gigahertz * 1e9), "B/cycle/unit", OPEN,
         "%s, at the stated clock", what);
}

static void own_slices(void) {
  static const struct {
    int megabytes;
    double terabytes;
    char kind;
  } cases[] = {{6, 6.65, 'P'}, {22, 6.65, 'D'}, {48, NAN, 'M'}, {95, 4.3, 'P'}, {400, 4.3, 'P'}};
  for (int i = 0; i < COUNT(cases); i++) {
    const size_t bytes = (size_t)cases[i].megabytes << 20;
    char name[80];
    snprintf(name, sizeof name, "own slice of %d MB", cases[i].megabytes);
    if (bytes > set_bytes) {
      report_absent(name, "only %zu MB are used on a CPU", set_bytes >> 20);
      continue;
    }
    const cl_uint repeats = device.cpu ? 2 : (cl_uint)(4000 / cases[i].megabytes + 1);
    const double seconds = fmin(read_seconds(passing, device.units, bytes, false, repeats),
                                read_seconds(passing, device.units, bytes, false, repeats));
    report_rate(name, (double)bytes * repeats, seconds,
                (Prediction){cases[i].terabytes, cases[i].terabytes, cases[i].kind});
  }
}

static void same_words(void) {
  const cl_uint repeats = device.cpu ? 2 : 2000;
  const double bytes = 32768.0 * repeats * device.units;
  report_rate("all groups the same 32 KB, past the first-level cache", bytes,
              read_seconds(passing, device.units, 32768, true, repeats), PUBLISHED(6.65));
  report_rate("all groups the same 32 KB, through the first-level cache", bytes,
              read_seconds(reader, device.units, 32768, true, repeats), OPEN);
}

/// 6 MB once, right after itself and after a read of everything.
static void after_streaming(void) {
  const size_t bytes = (size_t)6 << 20;
  double near = INFINITY, evicted = INFINITY;
  for (int i = 0; i < 5; i++) {
    read_seconds(passing, device.units, bytes, false, 2);
    near = fmin(near, read_seconds(passing, device.units, bytes, false, 1));
    read_seconds(passing, device.units, set_bytes, false, 1);
    evicted = fmin(evicted, read_seconds(passing, device.units, bytes, false, 1));
  }
  report(near * 1e6, "us", OPEN, "6 MB once, just read");
  report(evicted * 1e6, "us", OPEN, "6 MB once, after %zu MB were read", set_bytes >> 20);
}

void bandwidth(int part) {
  (void)part;
  open_device();
  reader = make_kernel("bandwidth.cl", "read", "%s", "");
  passing = make_kernel("bandwidth.cl", "read", "-DVOLATILE=1");
  sums = make_buffer((size_t)device.units * ITEMS * 4 + 65536);
  fill_set();
  check_sums(reader);
  check_sums(passing);
  own_slices();
  same_words();
  after_streaming();
}
