// E5. Bytes a second from L2 and from memory: each group its own slice of a working set, all
// groups the same 32 KB, and the smallest set again after a long streaming read. Decides hints and
// where weights of H = 2048 and more can stream from.
#include "experiments.h"

/// A group keeps 16 KB in flight, so 4 of them on a unit 64 KB.
enum { ITEMS = 256, GROUPS_EACH = 4, WHOLE = 4 * ITEMS };

static cl_kernel reader, passing;
static cl_mem words, sums;
static size_t set_bytes;

/// Seconds of one launch in which each of `groups` reads `count` words of 16 bytes, `repeats` times
/// over: words of its own or, if `same`, the first ones.
static double read_seconds(cl_kernel kernel, cl_uint groups, cl_uint count, bool same,
                           cl_uint repeats) {
  const cl_uint stride = same ? 0 : count;
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
  read_seconds(kernel, GROUPS, COUNT4, false, REPEATS);
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

static cl_uint groups(void) { return GROUPS_EACH * device.units; }

/// Words of a group that make whole rounds and, over all groups, about `bytes`.
static cl_uint own_count(size_t bytes) {
  const size_t round = (size_t)WHOLE * 16 * groups();
  return (cl_uint)((bytes + round / 2) / round * WHOLE + (bytes < round / 2 ? WHOLE : 0));
}

static void own_slices(void) {
  static const struct {
    int megabytes;
    double terabytes;
    char kind;
  } cases[] = {{6, 6.65, 'P'}, {22, 6.65, 'D'}, {48, NAN, 'M'}, {95, 4.3, 'P'}, {400, 4.3, 'P'}};
  for (int i = 0; i < COUNT(cases); i++) {
    const cl_uint count = own_count((size_t)cases[i].megabytes << 20);
    const double bytes = 16.0 * count * groups();
    char name[80];
    snprintf(name, sizeof name, "each group its own slice of %.0f MB", bytes * 0x1p-20);
    if (bytes > (double)set_bytes) {
      report_absent(name, "only %zu MB are used on a CPU", set_bytes >> 20);
      continue;
    }
    const cl_uint repeats = device.cpu ? 2 : (cl_uint)(4000 / cases[i].megabytes + 1);
    const double seconds = fmin(read_seconds(passing, groups(), count, false, repeats),
                                read_seconds(passing, groups(), count, false, repeats));
    report_rate(name, bytes * repeats, seconds,
                (Prediction){cases[i].terabytes, cases[i].terabytes, cases[i].kind});
  }
}

static void same_words(void) {
  const cl_uint repeats = device.cpu ? 2 : 2000;
  const double bytes = 32768.0 * repeats * groups();
  report_rate("all groups the same 32 KB, past the first-level cache", bytes,
              read_seconds(passing, groups(), 2048, true, repeats), PUBLISHED(6.65));
  report_rate("all groups the same 32 KB, through the first-level cache", bytes,
              read_seconds(reader, groups(), 2048, true, repeats), OPEN);
}

/// The smallest set once, right after itself and after a read of everything.
static void after_streaming(void) {
  const cl_uint count = own_count((size_t)6 << 20), all = (cl_uint)(set_bytes / 16 / groups());
  const double megabytes = 16.0 * count * groups() * 0x1p-20;
  double near = INFINITY, evicted = INFINITY;
  for (int i = 0; i < 5; i++) {
    read_seconds(passing, groups(), count, false, 2);
    near = fmin(near, read_seconds(passing, groups(), count, false, 1));
    read_seconds(passing, groups(), all, false, 1);
    evicted = fmin(evicted, read_seconds(passing, groups(), count, false, 1));
  }
  report(near * 1e6, "us", OPEN, "%.0f MB once, just read", megabytes);
  report(evicted * 1e6, "us", OPEN, "%.0f MB once, after %zu MB were read", megabytes,
         set_bytes >> 20);
}

void bandwidth(int part) {
  (void)part;
  open_device();
  reader = make_kernel("bandwidth.cl", "read", "%s", "");
  passing = make_kernel("bandwidth.cl", "read", "-DVOLATILE=1");
  sums = make_buffer((size_t)groups() * ITEMS * 4 + 65536);
  fill_set();
  check_sums(reader);
  check_sums(passing);
  own_slices();
  same_words();
  after_streaming();
}
