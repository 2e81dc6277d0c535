// E10. How long generated source takes to build: a network of 75 phases (15 on a CPU) of gtcrn's
// kinds as 1, 2 and 3 kernels, cold (text never seen before) and warm (the same text again in
// a new process, so that only the driver's cache can help), and at two levels of NVIDIA's
// assembler. Decides how large a generated kernel may be. The build includes the first run: some
// drivers compile only then.
#include "experiments.h"
#include "generated.h"

enum { ITEMS = 128, PHASES = 75, PHASES_CPU = 15 };

typedef struct {
  int kernels;
  const char *options, *how;
  Prediction seconds;
} Case;

/// Odd parts build again what the part before them built.
static const Case cases[] = {
    {1, "", "cold", DERIVED_RANGE(0, 10)},
    {1, "", "warm", OPEN},
    {2, "", "cold", DERIVED_RANGE(0, 10)},
    {2, "", "warm", OPEN},
    {3, "", "cold", DERIVED_RANGE(0, 10)},
    {3, "", "warm", OPEN},
    {1, "-cl-nv-opt-level=1", "cold, assembler level 1", OPEN},
    {1, "-cl-nv-opt-level=3", "cold, assembler level 3", OPEN},
};
_Static_assert(COUNT(cases) == BUILD_PARTS, "parts");

/// Runs the parts in order; gives the bits of all values, summed.
static uint32_t run_parts(cl_program program, int kernels, double *first_run) {
  static float arena[GENERATED_ARENA], weights[GENERATED_WEIGHTS];
  uint32_t state = 10, sum = 0;
  for (int i = 0; i < GENERATED_ARENA; i++) arena[i] = next_random(&state);
  for (int i = 0; i < GENERATED_WEIGHTS; i++) weights[i] = next_random(&state) * 0.4f;
  const cl_mem scratch = buffer_of(arena, sizeof arena), w = buffer_of(weights, sizeof weights);
  const double start = seconds_now();
  for (int k = 0; k < kernels; k++) {
    char name[20];
    snprintf(name, sizeof name, "part%d", k);
    const cl_kernel kernel = kernel_in(program, name);
    SET(kernel, 0, w);
    SET(kernel, 1, scratch);
    run(kernel, 1, device.cpu ? 1 : ITEMS);
  }
  *first_run = seconds_now() - start;
  read_buffer(scratch, arena, sizeof arena);
  for (int i = 0; i < GENERATED_ARENA; i++) {
    if (!isfinite(arena[i])) fail("value %d of the generated network is not finite", i);
    uint32_t bits;
    memcpy(&bits, &arena[i], 4);
    sum = sum * 31 + bits;
  }
  return sum;
}

void builds(int part) {
  open_device();
  const Case *c = &cases[part];
  char name[100], bits[20];
  const int phase_count = device.cpu ? PHASES_CPU : PHASES;
  snprintf(name, sizeof name, "%d phases as %d kernel%s, %s", phase_count, c->kernels,
           c->kernels > 1 ? "s" : "", c->how);
  if (*c->options && !device.ptx) return report_absent(name, "%s is NVIDIA's", c->options);
  // The options make a text of its own, so that the third cold build is not warm.
  const long number = run_number + (*c->options ? part : 0);
  char *text = generated_source(phase_count, c->kernels, device.cpu ? 1 : ITEMS, number);
  const cl_program program = try_text(text, c->options);
  free(text);
  if (!program) fail("%s: does not build: %.1000s", name, build_log);
  double first_run;
  snprintf(bits, sizeof bits, "%08x", run_parts(program, c->kernels, &first_run));
  report(build_milliseconds * 1e-3 + first_run, "s", c->seconds, "%s", name);
  char label[120];
  snprintf(label, sizeof label, "%s, sum of bits", name);
  report_text(label, bits);
}
