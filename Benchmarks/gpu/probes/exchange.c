// E4. Microseconds of one exchange of h among groups. Part 0: sizes, group counts and methods;
// part 1: groups near one half of L2 against groups on both. Decides whether the persistent
// kernel with an exchange every step is worth having.
#include "experiments.h"

enum { MOST_UNITS = 1024, TAG = 0x40004000 };

typedef struct {
  int groups, items, words, method;
  bool relaxed, placed;
} Setting;

static cl_mem rank_of_unit, taken;

static cl_kernel make_exchange(const Setting *s) {
  return make_kernel("exchange.cl", "exchange",
                     "-DGROUPS=%d -DITEMS=%d -DWORDS=%d -DMETHOD=%d -DPOLL_RELAXED=%d -DPLACED=%d",
                     s->groups, s->items, s->words, s->method, s->relaxed, s->placed);
}

/// Seconds of `steps` steps; < 0 when a group gave up waiting. Wrong words end the part.
static double exchange_seconds(const Setting *s, cl_kernel kernel, cl_uint steps) {
  const size_t bytes = (size_t)s->words * 8;
  uint32_t *tags = malloc(bytes), state[4] = {0};
  for (int i = 0; i < 2 * s->words; i++) tags[i] = TAG;
  const cl_mem h = buffer_of(tags, bytes), flags = make_buffer(4096), states = make_buffer(16);
  const cl_uint bound = 100000, zero = 0;
  check(cl.EnqueueFillBuffer(device.queue, taken, &zero, 4, 0, MOST_UNITS * 4, 0, NULL, NULL),
        "clEnqueueFillBuffer");
  free(tags);
  SET(kernel, 0, h);
  SET(kernel, 1, flags);
  SET(kernel, 2, states);
  SET(kernel, 3, steps);
  SET(kernel, 4, bound);
  SET(kernel, 5, rank_of_unit);
  SET(kernel, 6, taken);
  const size_t groups = s->placed ? 4 * device.units : (size_t)s->groups;
  const double seconds = run(kernel, groups, (size_t)s->items);
  read_buffer(states, state, 16);
  cl.ReleaseMemObject(h);
  cl.ReleaseMemObject(flags);
  cl.ReleaseMemObject(states);
  if (state[1]) fail("method %d, %d groups: %u wrong words", s->method, s->groups, state[1]);
  return state[0] ? -1 : seconds;
}

/// Microseconds of a step: a long launch less a short one, of each the least of 3.
static double step_time(const Setting *s) {
  const cl_kernel kernel = make_exchange(s);
  double of_brief = INFINITY, of_full = INFINITY;
  for (int i = 0; i < 3; i++) {
    const double brief = exchange_seconds(s, kernel, 100), full = exchange_seconds(s, kernel, 1100);
    if (brief < 0 || full < 0) return -1;
    of_brief = fmin(of_brief, brief);
    of_full = fmin(of_full, full);
  }
  return (of_full - of_brief) * 1e3;
}

static void report_step(const char *name, const Setting *s, Prediction p) {
  const double time = step_time(s);
  if (time < 0) return report_absent(name, "a group gave up waiting for the others");
  report(time, "us a step", p, "%s", name);
}

static Prediction predicted(const Setting *s) {
  const double traffic = (s->words * 4 - 2048) / 26.5 / 1900; // µs beyond the first 2 KB
  const double tagged = 0.45 + traffic;
  if (s->method == 0) return DERIVED(tagged);
  if (s->method == 1) return DERIVED(tagged + 0.74);
  return DERIVED_RANGE(tagged + 0.7, tagged + 1.2);
}

static void sweep(void) {
  static const int groups[] = {32, 64, 128}, kilobytes[] = {2, 32, 64};
  static const char *const methods[] = {"tagged words", "flags and fence", "atomic counter"};
  for (int method = 0; method < COUNT(methods); method++) {
    for (int g = 0; g < COUNT(groups); g++) {
      for (int k = 0; k < COUNT(kilobytes); k++) {
        for (int relaxed = 0; relaxed <= device.ptx; relaxed++) {
          char name[120];
          snprintf(name, sizeof name, "%s, %d groups, %d KB, %s", methods[method], groups[g],
                   kilobytes[k], relaxed ? "ld.relaxed.gpu" : "volatile");
          const Setting s = {groups[g], 256, kilobytes[k] * 256, method, relaxed, false};
          report_step(name, &s, predicted(&s));
        }
      }
    }
  }
}

typedef struct {
  uint32_t unit, cycles;
} UnitLatency;

static int by_cycles(const void *a, const void *b) {
  const UnitLatency *x = a, *y = b;
  return (x->cycles > y->cycles) - (x->cycles < y->cycles);
}

static int measure_latencies(UnitLatency *units) {
  const Setting any = {32, 256, 512, 0, true, true};
  const cl_kernel kernel = kernel_in(
      try_program("exchange.cl", "-DGROUPS=%d -DITEMS=256 -DWORDS=512 -DMETHOD=0 -DPOLL_RELAXED=1 "
                                 "-DPLACED=1", any.groups), "latency");
  const cl_mem word = make_buffer(128), cycles = make_buffer(MOST_UNITS * 4);
  const cl_uint looks = 1000;
  SET(kernel, 0, word);
  SET(kernel, 1, taken);
  SET(kernel, 2, cycles);
  SET(kernel, 3, looks);
  run(kernel, 4 * device.units, 256);
  uint32_t all[MOST_UNITS];
  read_buffer(cycles, all, sizeof all);
  int count = 0;
  for (uint32_t u = 0; u < MOST_UNITS; u++) {
    if (all[u]) units[count++] = (UnitLatency){u, all[u] / looks};
  }
  qsort(units, (size_t)count, sizeof *units, by_cycles);
  return count;
}

/// Ranks for the units first, first + stride, … in order of their distance from one word.
static void place(const UnitLatency *units, int first, int stride, int groups) {
  uint32_t ranks[MOST_UNITS];
  memset(ranks, 0xff, sizeof ranks);
  for (int g = 0; g < groups; g++) ranks[units[first + g * stride].unit] = (uint32_t)g;
  write_buffer(rank_of_unit, ranks, sizeof ranks);
}

static void placement(void) {
  UnitLatency units[MOST_UNITS];
  const int count = measure_latencies(units);
  if (count < 128) fail("only %d units were seen", count);
  report(units[0].cycles, "cycles", PUBLISHED(258), "load of one word, nearest unit");
  report(units[count / 2].cycles, "cycles", OPEN, "load of one word, median unit");
  report(units[count - 1].cycles, "cycles", PUBLISHED(414), "load of one word, farthest unit");
  const Setting s = {64, 256, 512, 0, true, true};
  place(units, 0, 1, 64);
  report_step("64 groups on the units nearest one word, 2 KB", &s, OPEN);
  place(units, count - 64, 1, 64);
  report_step("64 groups on the units farthest from it, 2 KB", &s, OPEN);
  place(units, 0, 2, 64);
  report_step("64 groups on every second unit, 2 KB", &s, OPEN);
}

/// One group of one item exchanges with itself: the words and their tags, without waiting.
static void alone(void) {
  static const char *const methods[] = {"tagged words", "flags and fence", "atomic counter"};
  for (int method = 0; method < COUNT(methods); method++) {
    const Setting s = {1, 1, 512, method, false, false};
    const double seconds = exchange_seconds(&s, make_exchange(&s), 200);
    report_flag(seconds >= 0, DERIVED(1), "%s, one group with itself: right words",
                methods[method]);
  }
  report_absent("exchange among groups", "%s is a CPU: groups must not wait for each other",
                device.name);
}

void exchange(int part) {
  open_device();
  taken = make_buffer(MOST_UNITS * 4);
  rank_of_unit = make_buffer(MOST_UNITS * 4);
  if (device.cpu) return part == 0 ? alone() : (void)0;
  if (part == 0) return sweep();
  if (!device.ptx) {
    return report_absent("placement of groups", "no inline PTX to ask for the unit's index");
  }
  placement();
}
