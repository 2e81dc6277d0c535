// E2. What a launch, a transfer and waiting cost the host. Part 0: an ordinary queue; part 1: the
// same launch on a profiling queue; part 2: transfers (transfer.c). Decides the path of a single
// step.
#include "experiments.h"
#include "transfer.h"

enum { TURNS = 200, FRAME = 512, WORDS = 128 };

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// The median of `turns` runs of `body`, at most TURNS, in microseconds.
static double median_of(int turns, void (*body)(void)) {
  double times[TURNS];
  for (int i = 0; i < turns / 10; i++) body();
  for (int i = 0; i < turns; i++) {
    const double start = seconds_now();
    body();
    times[i] = seconds_now() - start;
  }
  qsort(times, (size_t)turns, sizeof *times, by_size);
  return times[turns / 2] * 1e6;
}

static cl_command_queue queue;
static cl_kernel empty, echo, block;
static cl_mem x, y;
static float frame[1024];

static void launch(cl_kernel kernel, size_t items) {
  check(cl.EnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL),
        "clEnqueueNDRangeKernel");
}

static void finish(void) { check(cl.Finish(queue), "clFinish"); }

static void enqueue_and_finish(void) {
  launch(empty, 1);
  finish();
}

static void enqueue_200(void) {
  for (int i = 0; i < 200; i++) launch(empty, 1);
  finish();
}

static void write_run_read(void) {
  check(cl.EnqueueWriteBuffer(queue, x, CL_FALSE, 0, FRAME * 4, frame, 0, NULL, NULL),
        "clEnqueueWriteBuffer");
  launch(echo, 256);
  check(cl.EnqueueReadBuffer(queue, y, CL_TRUE, 0, FRAME * 4, frame, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

static void read_4k(void) {
  check(cl.EnqueueReadBuffer(queue, y, CL_TRUE, 0, 4096, frame, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

static void block_and_read(void) {
  check(cl.SetKernelArg(block, 0, WORDS * 4, frame), "clSetKernelArg of a block");
  launch(block, WORDS);
  check(cl.EnqueueReadBuffer(queue, y, CL_TRUE, 0, WORDS * 4, frame, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

/// Spins on the event's status instead of clFinish.
static void poll_event(void) {
  const size_t one = 1;
  cl_event event;
  check(cl.EnqueueNDRangeKernel(queue, empty, 1, NULL, &one, &one, 0, NULL, &event),
        "clEnqueueNDRangeKernel");
  check(cl.Flush(queue), "clFlush");
  cl_int status = CL_QUEUED;
  while (status > CL_COMPLETE) {
    cl.GetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
  }
  cl.ReleaseEvent(event);
  check(status, "the event of a kernel");
}

static void prepare(bool profiling) {
  queue = make_queue(profiling);
  const cl_program program = try_program("launch.cl", "-DARGUMENT_WORDS=%d", WORDS);
  if (!program) fail("launch.cl does not build: %.1000s", build_log);
  empty = kernel_in(program, "empty");
  echo = kernel_in(program, "echo");
  block = kernel_in(program, "block");
  x = make_buffer(4096);
  y = make_buffer(4096);
  SET(empty, 0, y);
  SET(echo, 0, x);
  SET(echo, 1, y);
  SET(block, 1, y);
}

/// Calls alone, without the wait that follows them.
static void report_enqueue(void) {
  double total = 0;
  for (int i = 0; i < TURNS; i++) {
    const double start = seconds_now();
    launch(empty, 1);
    check(cl.Flush(queue), "clFlush");
    total += seconds_now() - start;
    finish();
  }
  report(total / (double)TURNS * 1e6, "us", OPEN, "enqueue and flush, call only");
}

static void ordinary(void) {
  prepare(false);
  report(median_of(TURNS, enqueue_and_finish), "us", OPEN, "empty kernel, enqueue + finish");
  report_enqueue();
  report(median_of(20, enqueue_200) / 200, "us", OPEN, "empty kernel, each of 200 queued");
  report(median_of(TURNS, write_run_read), "us", DERIVED_RANGE(22, 28),
         "write 2 KB, kernel, blocking read 2 KB");
  report(median_of(TURNS, read_4k), "us", OPEN, "blocking read of 4 KB");
  report(median_of(TURNS, block_and_read), "us", OPEN,
         "512-byte argument block, kernel, blocking read");
  report(median_of(TURNS, poll_event), "us", OPEN, "empty kernel, event status polled");
}

void launches(int part) {
  open_device();
  if (part == 0) return ordinary();
  if (part == 2) return transfers();
  prepare(true);
  report(median_of(TURNS, enqueue_and_finish), "us", PUBLISHED(16.5),
         "empty kernel, enqueue + finish, profiling queue");
}
