#include "transfer.h"

#include "probe.h"

enum { WORDS = 128, TURNS = 200, LARGE = 32 << 20 };

typedef cl_mem (*CreateBufferNV)(cl_context, cl_mem_flags, cl_bitfield, size_t, void *, cl_int *);

static void *map(cl_command_queue queue, cl_mem buffer, size_t bytes) {
  cl_int status;
  void *at = cl.EnqueueMapBuffer(queue, buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0,
                                 NULL, NULL, &status);
  check(status, "clEnqueueMapBuffer");
  return at;
}

/// One frame in the argument block, the output polled in host memory; false when a second passes.
static bool step(cl_command_queue queue, cl_kernel kernel, const float *frame, cl_uint ticket,
                 const volatile float *y) {
  const size_t items = WORDS;
  check(cl.SetKernelArg(kernel, 0, WORDS * 4, frame), "clSetKernelArg of a block");
  SET(kernel, 2, ticket);
  check(cl.EnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL),
        "clEnqueueNDRangeKernel");
  check(cl.Flush(queue), "clFlush");
  const double limit = seconds_now() + 1;
  const volatile uint32_t *flag = (const volatile uint32_t *)y + WORDS;
  while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != ticket) {
    if (seconds_now() > limit) return false;
  }
  for (int i = 0; i < WORDS; i++) {
    if (y[i] != frame[i] + 1) return false;
  }
  return true;
}

static void polled_output(cl_mem buffer, const char *kind) {
  const cl_command_queue queue = make_queue(false);
  const volatile float *y = map(queue, buffer, 4096);
  const cl_kernel kernel = make_kernel("launch.cl", "signal", "-DARGUMENT_WORDS=%d", WORDS);
  SET(kernel, 1, buffer);
  float frame[WORDS];
  double least = INFINITY, total = 0;
  for (cl_uint turn = 1; turn <= TURNS; turn++) {
    for (int i = 0; i < WORDS; i++) frame[i] = (float)(turn + (cl_uint)i);
    const double start = seconds_now();
    const bool seen = step(queue, kernel, frame, turn, y);
    const double took = seconds_now() - start;
    check(cl.Finish(queue), "clFinish");
    if (!seen) {
      return report_flag(false, OPEN, "output polled in %s memory arrives", kind);
    }
    least = fmin(least, took);
    total += turn > 20 ? took : 0;
  }
  report_flag(true, OPEN, "output polled in %s memory arrives", kind);
  report(total / (TURNS - 20) * 1e6, "us", DERIVED_RANGE(12, 15),
         "argument block, kernel, output polled in %s memory", kind);
  report(least * 1e6, "us", OPEN, "the same, least, %s memory", kind);
}

static cl_mem pinned_buffer(size_t bytes) {
  cl_int status;
  const cl_mem buffer = cl.CreateBuffer(device.context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR,
                                        bytes, NULL, &status);
  check(status, "clCreateBuffer with CL_MEM_ALLOC_HOST_PTR");
  return buffer;
}

static void host_located(void) {
  CreateBufferNV create = NULL;
  *(void **)&create =
      cl.GetExtensionFunctionAddressForPlatform(device.platform, "clCreateBufferNV");
  if (!create) {
    return report_absent("output polled in host-located memory", "no clCreateBufferNV here");
  }
  cl_int status;
  const cl_mem buffer = create(device.context, CL_MEM_READ_WRITE, 1, 4096, NULL, &status);
  check(status, "clCreateBufferNV");
  polled_output(buffer, "host-located");
}

static double copy_seconds(cl_command_queue queue, cl_mem to, const void *from) {
  double least = INFINITY;
  for (int i = 0; i < 5; i++) {
    const double start = seconds_now();
    check(cl.EnqueueWriteBuffer(queue, to, CL_FALSE, 0, LARGE, from, 0, NULL, NULL),
          "a large write");
    check(cl.Finish(queue), "clFinish");
    least = fmin(least, seconds_now() - start);
  }
  return least;
}

/// Seconds until a write command returns to its caller.
static double return_seconds(cl_command_queue queue, cl_mem to, const void *from) {
  const double start = seconds_now();
  check(cl.EnqueueWriteBuffer(queue, to, CL_FALSE, 0, LARGE, from, 0, NULL, NULL), "a large write");
  const double returned = seconds_now() - start;
  check(cl.Finish(queue), "clFinish");
  return returned;
}

/// A kernel of some milliseconds and a copy on a second queue: 1 when the longer hides the other
/// wholly, 0 when one waits for the other.
static void copy_beside_kernel(cl_command_queue copies, cl_mem to, const void *from) {
  const cl_command_queue kernels = make_queue(false);
  const cl_kernel kernel = make_kernel("bandwidth.cl", "read", "%s", "");
  const cl_mem words = make_buffer(LARGE), sums = make_buffer(1 << 20);
  const cl_uint count = LARGE / 16 / device.units, repeats = device.cpu ? 1 : 200;
  SET(kernel, 0, words);
  SET(kernel, 1, sums);
  SET(kernel, 2, count);
  SET(kernel, 3, count);
  SET(kernel, 4, repeats);
  const size_t items = 256, global = items * device.units;
  double both = INFINITY, alone = INFINITY;
  for (int turn = 0; turn < 8; turn++) {
    const double start = seconds_now();
    check(cl.EnqueueNDRangeKernel(kernels, kernel, 1, NULL, &global, &items, 0, NULL, NULL),
          "clEnqueueNDRangeKernel");
    check(cl.Flush(kernels), "clFlush");
    if (turn & 1) {
      check(cl.EnqueueWriteBuffer(copies, to, CL_FALSE, 0, LARGE, from, 0, NULL, NULL), "a write");
      check(cl.Finish(copies), "clFinish");
    }
    check(cl.Finish(kernels), "clFinish");
    double *least = turn & 1 ? &both : &alone;
    *least = fmin(*least, seconds_now() - start);
  }
  const double copy = copy_seconds(copies, to, from);
  report((alone + copy - both) / fmin(alone, copy), "fraction hidden", PUBLISHED(1),
         "copy on a second queue beside a kernel");
}

void transfers(void) {
  polled_output(pinned_buffer(4096), "ALLOC_HOST_PTR");
  host_located();
  const cl_command_queue queue = make_queue(false);
  const cl_mem to = make_buffer(LARGE);
  void *pinned = map(queue, pinned_buffer(LARGE), LARGE), *pageable = malloc(LARGE);
  memset(pinned, 1, LARGE);
  memset(pageable, 1, LARGE);
  report((double)LARGE / copy_seconds(queue, to, pinned) * 1e-9, "GB/s", DERIVED(50),
         "write from pinned memory");
  report((double)LARGE / copy_seconds(queue, to, pageable) * 1e-9, "GB/s", OPEN,
         "write from pageable memory");
  report(return_seconds(queue, to, pinned) * 1e6, "us", OPEN,
         "32 MB write from pinned memory returns after");
  report(return_seconds(queue, to, pageable) * 1e6, "us", OPEN,
         "32 MB write from pageable memory returns after");
  copy_beside_kernel(queue, to, pinned);
}
