// Builds, launches, times.
#include "probe.h"

#include <time.h>

double build_milliseconds;
char build_log[4000];

double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void check(cl_int status, const char *call) {
  if (status != CL_SUCCESS) fail("%s: %s on %s", call, opencl_status(status), device.name);
}

static cl_program finish_build(cl_program program, const char *options) {
  const cl_int status = cl.BuildProgram(program, 1, &device.id, options, NULL, NULL);
  build_log[0] = 0;
  cl.GetProgramBuildInfo(program, device.id, CL_PROGRAM_BUILD_LOG, sizeof build_log, build_log,
                         NULL);
  build_log[sizeof build_log - 1] = 0;
  if (status == CL_SUCCESS) return program;
  if (!build_log[0]) snprintf(build_log, sizeof build_log, "%s", opencl_status(status));
  cl.ReleaseProgram(program);
  return NULL;
}

cl_program try_text(const char *text, const char *options) {
  const double start = seconds_now();
  cl_int status;
  cl_program program = cl.CreateProgramWithSource(device.context, 1, &text, NULL, &status);
  check(status, "clCreateProgramWithSource");
  program = finish_build(program, options);
  build_milliseconds = (seconds_now() - start) * 1e3;
  return program;
}

static const struct Source *source_named(const char *name) {
  for (const struct Source *s = sources; s->name; s++) {
    if (!strcmp(s->name, name)) return s;
  }
  fail("no source '%s' in this program", name);
}

static cl_program program_of(const char *file, const char *options, va_list arguments) {
  const struct Source *prelude = source_named("prelude.cl"), *body = source_named(file);
  char *text = malloc(prelude->length + body->length + 1);
  memcpy(text, prelude->bytes, prelude->length);
  memcpy(text + prelude->length, body->bytes, body->length);
  text[prelude->length + body->length] = 0;
  char all[600];
  const int used = snprintf(all, sizeof all, "-DPTX=%d -DCPU=%d ", device.ptx, device.cpu);
  vsnprintf(all + used, sizeof all - (size_t)used, options, arguments);
  const cl_program program = try_text(text, all);
  free(text);
  return program;
}

cl_program try_program(const char *file, const char *options, ...) {
  va_list arguments;
  va_start(arguments, options);
  const cl_program program = program_of(file, options, arguments);
  va_end(arguments);
  return program;
}

cl_kernel kernel_in(cl_program program, const char *name) {
  cl_int status;
  const cl_kernel kernel = cl.CreateKernel(program, name, &status);
  check(status, "clCreateKernel");
  return kernel;
}

cl_kernel make_kernel(const char *file, const char *name, const char *options, ...) {
  va_list arguments;
  va_start(arguments, options);
  const cl_program program = program_of(file, options, arguments);
  va_end(arguments);
  if (!program) fail("%s does not build: %.1200s", file, build_log);
  return kernel_in(program, name);
}

cl_mem make_buffer(size_t bytes) {
  cl_int status;
  const cl_mem buffer = cl.CreateBuffer(device.context, CL_MEM_READ_WRITE, bytes, NULL, &status);
  check(status, "clCreateBuffer");
  const cl_uint zero = 0;
  check(cl.EnqueueFillBuffer(device.queue, buffer, &zero, 4, 0, bytes & ~(size_t)3, 0, NULL, NULL),
        "clEnqueueFillBuffer");
  check(cl.Finish(device.queue), "clFinish after clEnqueueFillBuffer");
  return buffer;
}

cl_mem buffer_of(const void *data, size_t bytes) {
  const cl_mem buffer = make_buffer(bytes);
  write_buffer(buffer, data, bytes);
  return buffer;
}

void write_buffer(cl_mem buffer, const void *data, size_t bytes) {
  check(cl.EnqueueWriteBuffer(device.queue, buffer, CL_TRUE, 0, bytes, data, 0, NULL, NULL),
        "clEnqueueWriteBuffer");
}

void read_buffer(cl_mem buffer, void *data, size_t bytes) {
  check(cl.EnqueueReadBuffer(device.queue, buffer, CL_TRUE, 0, bytes, data, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

cl_int try_run(cl_kernel kernel, size_t groups, size_t items, double *seconds) {
  const size_t global = groups * items;
  cl_event event;
  cl_int status = cl.EnqueueNDRangeKernel(device.queue, kernel, 1, NULL, &global, &items, 0, NULL,
                                          &event);
  if (status != CL_SUCCESS) return status;
  status = cl.Finish(device.queue);
  cl_ulong start = 0, end = 0;
  if (status == CL_SUCCESS) {
    status = cl.GetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, 8, &start, NULL);
  }
  if (status == CL_SUCCESS) {
    status = cl.GetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, 8, &end, NULL);
  }
  cl.ReleaseEvent(event);
  *seconds = (double)(end - start) * 1e-9;
  return status;
}

double run(cl_kernel kernel, size_t groups, size_t items) {
  double seconds;
  check(try_run(kernel, groups, items, &seconds), "running a kernel");
  return seconds;
}

double least_of(int repeats, cl_kernel kernel, size_t groups, size_t items) {
  double least = run(kernel, groups, items);
  for (int i = 1; i < repeats; i++) least = fmin(least, run(kernel, groups, items));
  return least;
}

float next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

/// Rounds to the nearest half, ties to even; for |value| < 65504 as every experiment has.
uint16_t half_bits(float value) {
  const uint16_t sign = signbit(value) ? 0x8000 : 0;
  const float size = fabsf(value);
  if (size < 0x1p-14f) return sign | (uint16_t)rintf(size * 0x1p24f);
  uint32_t bits;
  memcpy(&bits, &size, 4);
  bits += 0xfff + ((bits >> 13) & 1);
  return sign | (uint16_t)((bits >> 13) - (112 << 10));
}

float half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float fraction = (float)(bits & 1023);
  const float size = exponent ? ldexpf(1024 + fraction, exponent - 25) : fraction * 0x1p-24f;
  return bits & 0x8000 ? -size : size;
}
