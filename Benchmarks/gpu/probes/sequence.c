// E7. A whole sequence in one launch, the state exchanged through tagged words: the right answer
// first, then the time of a step; and the way out of a wait that never ends. Part 0: one stream;
// part 1: 16 streams; part 2: the way out. Go or no-go for the persistent kernel. Where groups
// must not wait for each other one group runs a small network alone.
#include "network.h"

#include "experiments.h"

enum { CHECKED = 24, ALWAYS = 0x7fffffff };

typedef struct {
  Network network;
  cl_kernel kernel;
  cl_mem x, weights, c, h, start, y, state;
  float *expected; // [CHECKED][batch][hidden]
} Trial;

static bool may_wait(void) { return !device.cpu && device.ptx; }

static Shape shape_of(int batch) {
  if (may_wait()) return (Shape){1024, 128, 256, 8, batch, 64};
  return (Shape){64, 1, 1, 2, batch, 8};
}

static cl_kernel make_sequence_kernel(const Shape *s, const char *name) {
  return make_kernel("sequence.cl", name,
                     "-DH=%d -DGROUPS=%d -DITEMS=%d -DWARPS=%d -DBATCH=%d -DWAIT_NOT=%d "
                     "-DPOLL_RELAXED=1",
                     s->hidden, s->groups, s->items, s->warps, s->batch, !may_wait());
}

static Trial make_trial(int batch) {
  const Shape s = shape_of(batch);
  Trial t = {.network = make_network(s), .kernel = make_sequence_kernel(&s, "sequence")};
  const size_t h = (size_t)s.hidden, b = (size_t)s.batch;
  size_t bytes;
  uint32_t *start = exchanged_start(&t.network, &bytes);
  t.x = buffer_of(t.network.x, (size_t)s.input_steps * b * 3 * h * 4);
  t.weights = buffer_of(t.network.packed, 3 * h * h * 2);
  t.c = buffer_of(t.network.c, h * 4);
  t.h = buffer_of(start, bytes);
  t.start = buffer_of(t.network.start, b * h * 4);
  t.y = make_buffer(CHECKED * b * h * 4);
  t.state = make_buffer(16);
  t.expected = reference(&t.network, CHECKED);
  free(start);
  return t;
}

/// Seconds of one launch from the start; *stopped when a group gave up waiting.
static double launch(Trial *t, cl_uint steps, cl_uint bound, cl_uint silent_step, bool *stopped) {
  size_t bytes;
  uint32_t *start = exchanged_start(&t->network, &bytes), state[4] = {0};
  write_buffer(t->h, start, bytes);
  write_buffer(t->state, state, sizeof state);
  free(start);
  const cl_uint x_steps = (cl_uint)t->network.shape.input_steps, y_steps = CHECKED;
  const cl_mem buffers[] = {t->x, t->weights, t->c, t->h, t->start, t->y, t->state};
  for (cl_uint i = 0; i < 7; i++) SET(t->kernel, i, buffers[i]);
  SET(t->kernel, 7, steps);
  SET(t->kernel, 8, x_steps);
  SET(t->kernel, 9, y_steps);
  SET(t->kernel, 10, bound);
  SET(t->kernel, 11, silent_step);
  const double seconds = run(t->kernel, (size_t)t->network.shape.groups,
                             (size_t)t->network.shape.items);
  read_buffer(t->state, state, sizeof state);
  *stopped = state[0] != 0;
  return seconds;
}

static double largest_error(const Trial *t, const float *y, int steps) {
  const int count = steps * t->network.shape.batch * t->network.shape.hidden;
  double largest = 0;
  for (int i = 0; i < count; i++) {
    const double error = fabs((double)y[i] - t->expected[i]);
    largest = isnan(error) ? INFINITY : fmax(largest, error);
  }
  return largest;
}

static void check_outputs(Trial *t) {
  const Shape *s = &t->network.shape;
  bool stopped;
  launch(t, CHECKED, 1000000, ALWAYS, &stopped);
  if (stopped) fail("a group gave up waiting within %d steps", CHECKED);
  const size_t bytes = CHECKED * (size_t)s->batch * (size_t)s->hidden * 4;
  float *y = malloc(bytes);
  read_buffer(t->y, y, bytes);
  const double error = largest_error(t, y, CHECKED);
  free(y);
  report(isfinite(error) ? error : 9, "absolute", OPEN,
         "H = %d, B = %d: largest error of %d steps, bound 5e-4", s->hidden, s->batch, CHECKED);
  if (!(error <= 5e-4)) fail("the sequence is wrong by %g: not timed", error);
}

/// Microseconds a step: a long launch less a short one, of each the least of 5.
static void time_steps(Trial *t) {
  const Shape *s = &t->network.shape;
  const cl_uint brief = may_wait() ? 100 : 8, full = may_wait() ? 2100 : 40;
  double of_brief = INFINITY, of_full = INFINITY;
  for (int i = 0; i < 5; i++) {
    bool stopped_brief, stopped_full;
    of_brief = fmin(of_brief, launch(t, brief, 1000000, ALWAYS, &stopped_brief));
    of_full = fmin(of_full, launch(t, full, 1000000, ALWAYS, &stopped_full));
    if (stopped_brief || stopped_full) fail("a group gave up waiting while it was timed");
  }
  const Prediction p = !may_wait() ? OPEN : DERIVED(s->batch == 1 ? 0.8 : 1.3);
  report((of_full - of_brief) / (full - brief) * 1e6, "us a step", p,
         "H = %d, B = %d, fp16, one launch", s->hidden, s->batch);
}

/// The steps that the persistent launch did not deliver, one launch each.
static void step_by_step(const Trial *t, float *y) {
  const Shape *s = &t->network.shape;
  const size_t row = (size_t)s->batch * (size_t)s->hidden * 4, h = (size_t)s->hidden;
  const cl_kernel kernel = make_sequence_kernel(s, "one_step");
  const cl_mem dense = buffer_of(t->network.dense, 3 * h * h * 2);
  cl_mem states[2] = {buffer_of(t->network.start, row), make_buffer(row)};
  for (int step = 0; step < CHECKED; step++) {
    const size_t at = (size_t)(step % s->input_steps) * (row / 4) * 3;
    const cl_mem x = buffer_of(t->network.x + at, row * 3);
    SET(kernel, 0, x);
    SET(kernel, 1, dense);
    SET(kernel, 2, t->c);
    SET(kernel, 3, states[step & 1]);
    SET(kernel, 4, states[~step & 1]);
    run(kernel, (size_t)s->batch * h / 64, 64);
    read_buffer(states[~step & 1], y + (size_t)step * (row / 4), row);
    cl.ReleaseMemObject(x);
  }
}

static void way_out(void) {
  Trial t = make_trial(1);
  bool stopped;
  const double seconds = launch(&t, 100, 20000, 10, &stopped);
  report_flag(stopped, DERIVED(1), "a wait that never ends is given up");
  report(seconds * 1e3, "ms", OPEN, "launch with a bound of 20000 looks, given up in step 11");
  float *y = malloc(CHECKED * (size_t)t.network.shape.hidden * 4);
  step_by_step(&t, y);
  const double error = largest_error(&t, y, CHECKED);
  report_flag(error <= 5e-4, DERIVED(1), "the same chunk by one launch a step is right");
  launch(&t, CHECKED, 1000000, ALWAYS, &stopped);
  report_flag(!stopped, DERIVED(1), "the next launch in one piece completes");
}

void sequence(int part) {
  open_device();
  if (part == 2) return way_out();
  Trial t = make_trial(part == 0 ? 1 : 16);
  check_outputs(&t);
  time_steps(&t);
  if (!may_wait()) {
    report_absent(part == 0 ? "H = 1024, B = 1" : "H = 1024, B = 16",
                  "%s: groups must not wait for each other on a CPU, or there is no inline PTX",
                  device.name);
  }
}
