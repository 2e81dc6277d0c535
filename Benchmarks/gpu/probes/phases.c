// E8. Part 0: what a phase of a region kernel costs: barrier, a value from another item, a weight
// from L2 in the phase or fetched ahead. Part 1: straight code of 32 KB to 1 MB. Decides whether
// generated source rolls repeated blocks into loops.
#include "experiments.h"

enum { PHASES = 60, ITEMS = 256, CHAINS = 4 };

static float weight(int p, int i) { return (float)((p * 31 + i * 17) % 97) / 97; }

static void expected_values(float *v, bool from_weights, int turns) {
  float next[ITEMS];
  for (int i = 0; i < ITEMS; i++) v[i] = (float)i / (float)ITEMS;
  for (int turn = 0; turn < turns; turn++) {
    for (int p = 0; p < PHASES; p++) {
      for (int i = 0; i < ITEMS; i++) {
        const float w = from_weights ? weight(p, i) : (float)p * 0.015625f;
        next[i] = fmaf(v[(i + 7 * p + 1) % ITEMS], 0.5f, w);
      }
      memcpy(v, next, sizeof next);
    }
  }
}

/// The time of a phase in `groups` groups at once, after their values were held against `want`.
static void phase_cost(cl_kernel kernel, const char *kind, size_t groups, const float *want,
                       cl_uint turns, double predicted_cycles) {
  const cl_mem y = make_buffer(groups * ITEMS * 4), cycles = make_buffer(groups * 4);
  SET(kernel, 1, y);
  SET(kernel, 2, cycles);
  SET(kernel, 3, turns);
  const double seconds = least_of(3, kernel, groups, ITEMS);
  float *got = malloc(groups * ITEMS * 4);
  read_buffer(y, got, groups * ITEMS * 4);
  for (size_t g = 0; g < groups; g++) {
    if (memcmp(got + g * ITEMS, want, ITEMS * 4)) fail("%s: group %zu is wrong", kind, g);
  }
  free(got);
  const double count = turns * (double)PHASES;
  report(seconds / count * 1e9, "ns a phase", OPEN, "%s, %zu group%s", kind, groups,
         groups > 1 ? "s" : "");
  uint32_t first;
  read_buffer(cycles, &first, 4);
  if (!first) return;
  report(first / count, "cycles a phase", DERIVED(predicted_cycles),
         "%s, %zu group%s, by the unit's clock", kind, groups, groups > 1 ? "s" : "");
}

static void phase_costs(int kind) {
  static const char *const kinds[] = {"no weights", "weights from L2 in the phase",
                                      "weights fetched a phase ahead"};
  static const double predicted[] = {100, 480, 200};
  const cl_kernel kernel = make_kernel("phases.cl", "phases", "-DPHASES=%d -DITEMS=%d -DWEIGHTS=%d",
                                       PHASES, ITEMS, kind);
  float w[PHASES * ITEMS], want[ITEMS];
  for (int i = 0; i < PHASES * ITEMS; i++) w[i] = weight(i / ITEMS, i % ITEMS);
  const cl_mem weights = buffer_of(w, sizeof w);
  const cl_uint turns = device.cpu ? 2 : 100;
  SET(kernel, 0, weights);
  expected_values(want, kind != 0, (int)turns);
  phase_cost(kernel, kinds[kind], 1, want, turns, predicted[kind]);
  phase_cost(kernel, kinds[kind], device.units, want, turns, predicted[kind]);
}

/// CHAINS sums, each line its own constant, so that nothing can be rolled up.
static char *straight_source(int lines) {
  char *text = malloc((size_t)lines * 64 + 1000);
  int used = sprintf(text, "__kernel void straight(__global float *y, const uint turns) {\n"
                           "  float a = get_local_id(0), b = a + 1, c = a + 2, d = a + 3;\n"
                           "  for (uint turn = 0; turn < turns; turn++) {\n");
  for (int i = 0; i < lines; i++) {
    const char v = (char)('a' + i % CHAINS);
    used += sprintf(text + used, "    %c = fma(%c, 0.5f, %d.0f);\n", v, v, i);
  }
  sprintf(text + used, "  }\n  y[get_global_id(0)] = a + b + c + d;\n}\n");
  return text;
}

static float straight_value(int item, int lines, cl_uint turns) {
  float v[CHAINS] = {(float)item, (float)item + 1, (float)item + 2, (float)item + 3};
  for (cl_uint turn = 0; turn < turns; turn++) {
    for (int i = 0; i < lines; i++) v[i % CHAINS] = fmaf(v[i % CHAINS], 0.5f, (float)i);
  }
  return v[0] + v[1] + v[2] + v[3];
}

/// Nanoseconds of a thousand lines in a group of 256 items (1 on a CPU); < 0 when it does not
/// build.
static double straight_cost(int kilobytes) {
  const int lines = kilobytes * 1024 / 16;
  char *text = straight_source(lines);
  const cl_program program = try_text(text, "");
  free(text);
  if (!program) return -1;
  const cl_kernel kernel = kernel_in(program, "straight");
  const cl_mem y = make_buffer(ITEMS * 4);
  const int items = device.cpu ? 1 : ITEMS;
  const cl_uint turns = device.cpu ? 2 : (cl_uint)(65536 / kilobytes);
  SET(kernel, 0, y);
  SET(kernel, 1, turns);
  const double seconds = least_of(3, kernel, 1, (size_t)items);
  float got[ITEMS];
  read_buffer(y, got, sizeof got);
  for (int i = 0; i < items; i += 51) {
    const float want = straight_value(i, lines, turns);
    if (fabsf(got[i] - want) > 1e-5f * fabsf(want)) {
      fail("straight code of %d KB: %g, not %g", kilobytes, got[i], want);
    }
  }
  return seconds / turns / lines * 1e12;
}

static void straight_code(void) {
  const int most = device.cpu ? 64 : 1024;
  double first = 0;
  for (int kilobytes = 32; kilobytes <= most; kilobytes *= 2) {
    const double cost = straight_cost(kilobytes);
    if (cost < 0) return report_absent("straight code", "%d KB do not build: %.200s", kilobytes,
                                       build_log);
    report(build_milliseconds, "ms", OPEN, "straight code of %d KB, build", kilobytes);
    report(cost, "ns a thousand lines", OPEN, "straight code of %d KB", kilobytes);
    if (first == 0) first = cost;
    report(cost / first, "times the cost of 32 KB", kilobytes <= 96 ? DERIVED(1) : OPEN,
           "straight code of %d KB, relative", kilobytes);
  }
}

void phases(int part) {
  open_device();
  if (part == 1) return straight_code();
  for (int kind = 0; kind < 3; kind++) phase_costs(kind);
}
