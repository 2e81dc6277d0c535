// What the tests of OpenCL kernels in C share: the first device of the first platform, through a library
// opened at run time; programs from Kernels/OpenCL; seeded random numbers; comparisons.
//
// SLUICE_OPENCL_LIBRARY names another library than libOpenCL.so.1. PTX is 1 where inline PTX compiles.
#ifndef DEVICE_H
#define DEVICE_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X) \
  X(GetPlatformIDs) X(GetDeviceIDs) X(GetDeviceInfo) X(CreateContext) X(CreateCommandQueue) \
  X(CreateBuffer) X(CreateProgramWithSource) X(BuildProgram) X(GetProgramBuildInfo) \
  X(CreateKernel) X(SetKernelArg) X(EnqueueNDRangeKernel) X(EnqueueReadBuffer) \
  X(EnqueueWriteBuffer) X(Finish) X(ReleaseMemObject) X(ReleaseProgram) X(ReleaseKernel)

#define MEMBER(name) __typeof__(&cl##name) name;
static struct { FUNCTIONS(MEMBER) } cl;
static struct { cl_device_id id; cl_context context; cl_command_queue queue; bool ptx, cpu; } device;
static int failures;

static _Noreturn void stop(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(2);
}

static void done(cl_int status, const char *what) {
  if (status != CL_SUCCESS) stop("%s: status %d", what, status);
}

static cl_program try_source(const char *source, const char *options, bool print) {
  cl_int status;
  cl_program program = cl.CreateProgramWithSource(device.context, 1, &source, NULL, &status);
  done(status, "clCreateProgramWithSource");
  if (cl.BuildProgram(program, 1, &device.id, options, NULL, NULL) == CL_SUCCESS) return program;
  static char log[20000];
  cl.GetProgramBuildInfo(program, device.id, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
  if (print) fprintf(stderr, "%s\n%s\n", options, log);
  cl.ReleaseProgram(program);
  return NULL;
}

/// Opens the library and its first device; exits with 77 where there is none.
static void open_device(void) {
  const char *name = getenv("SLUICE_OPENCL_LIBRARY");
  void *library = dlopen(name ? name : "libOpenCL.so.1", RTLD_NOW);
  if (!library) {
    fprintf(stderr, "skipped: %s\n", dlerror());
    exit(77);
  }
#define LOOK_UP(name) \
  *(void **)&cl.name = dlsym(library, "cl" #name); \
  if (!cl.name) stop("the library has no cl" #name);
  FUNCTIONS(LOOK_UP)
  cl_platform_id platform;
  if (cl.GetPlatformIDs(1, &platform, NULL) != CL_SUCCESS ||
      cl.GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device.id, NULL) != CL_SUCCESS) {
    fprintf(stderr, "skipped: the OpenCL library has no device\n");
    exit(77);
  }
  cl_int status;
  cl_device_type type = 0;
  cl.GetDeviceInfo(device.id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  device.cpu = type & CL_DEVICE_TYPE_CPU;
  device.context = cl.CreateContext(NULL, 1, &device.id, NULL, NULL, &status);
  done(status, "clCreateContext");
  device.queue = cl.CreateCommandQueue(device.context, device.id, 0, &status);
  done(status, "clCreateCommandQueue");
  char vendor[100] = "";
  cl.GetDeviceInfo(device.id, CL_DEVICE_VENDOR, sizeof vendor - 1, vendor, NULL);
  device.ptx = strstr(vendor, "NVIDIA") != NULL;
}

static char *file_text(const char *name) {
  char path[500];
  snprintf(path, sizeof path, "Kernels/OpenCL/%s.cl", name);
  FILE *file = fopen(path, "rb");
  if (!file) stop("no file %s: run this in the repository's root", path);
  char *text = calloc(1, 100000);
  if (fread(text, 1, 99999, file) == 0) stop("%s is empty", path);
  fclose(file);
  return text;
}

/// The kernel `name` of `text` and files of Kernels/OpenCL, `files` separated by spaces; # stands for
/// `text`. PTX and -D options come from `options`.
static cl_kernel make_kernel(const char *name, const char *files, const char *text,
                             const char *options) {
  char *source = calloc(1, 400000), list[200], all[2000];
  strcpy(list, files);
  for (char *word = strtok(list, " "); word; word = strtok(NULL, " ")) {
    char *part = *word == '#' ? NULL : file_text(word);
    strcat(strcat(source, part ? part : text), "\n");
    free(part);
  }
  // PoCL 3.1 compiles matrix_few.cl wrongly when it optimises: right without, and under oclgrind.
  snprintf(all, sizeof all, "-cl-std=CL1.2 %s -DPTX=%d %s", device.cpu ? "-cl-opt-disable" : "",
           device.ptx, options);
  const cl_program program = try_source(source, all, true);
  free(source);
  if (!program) stop("%s does not build", name);
  cl_int status;
  const cl_kernel kernel = cl.CreateKernel(program, name, &status);
  done(status, "clCreateKernel");
  cl.ReleaseProgram(program);
  return kernel;
}

static cl_mem buffer_of(const void *bytes, size_t count) {
  cl_int status;
  const cl_mem buffer =
      cl.CreateBuffer(device.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, count,
                      (void *)(uintptr_t)bytes, &status);
  done(status, "clCreateBuffer");
  return buffer;
}

static void read_buffer(cl_mem buffer, void *bytes, size_t count) {
  done(cl.EnqueueReadBuffer(device.queue, buffer, CL_TRUE, 0, count, bytes, 0, NULL, NULL),
       "clEnqueueReadBuffer");
}

#define SET(kernel, index, value) \
  done(cl.SetKernelArg(kernel, index, sizeof(value), &(value)), "clSetKernelArg")

/// groups x columns groups of `items` x 1 items.
static void run_tiles(cl_kernel kernel, int groups, int columns, int items) {
  const size_t global[] = {(size_t)groups * (size_t)items, (size_t)columns};
  const size_t local[] = {(size_t)items, 1};
  done(cl.EnqueueNDRangeKernel(device.queue, kernel, 2, NULL, global, local, 0, NULL, NULL),
       "clEnqueueNDRangeKernel");
  done(cl.Finish(device.queue), "clFinish");
}

static uint64_t random_state = 1;

/// splitmix64 (Steele, Lea, Flood 2014).
static uint64_t random_bits(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// Uniform in −scale … scale.
static float random_float(double scale) {
  return (float)(((double)(random_bits() >> 40) / (1 << 23) - 1) * scale);
}

static void fill(float *values, size_t count, double scale) {
  for (size_t i = 0; i < count; i++) values[i] = random_float(scale);
}

/// The 16 bits of a value rounded to nearest even, and the value of 16 bits.
static uint16_t bits_of(float value, bool bf16) {
  uint32_t word;
  memcpy(&word, &value, 4);
  if (bf16) return (uint16_t)((word + 0x7fff + (word >> 16 & 1)) >> 16);
  const _Float16 half = (_Float16)value;
  uint16_t bits;
  memcpy(&bits, &half, 2);
  return bits;
}

static double value_of_bits(uint16_t bits, bool bf16) {
  if (bf16) {
    const uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, 4);
    return value;
  }
  _Float16 half;
  memcpy(&half, &bits, 2);
  return (double)half;
}

static double rounded(float value, bool bf16) { return value_of_bits(bits_of(value, bf16), bf16); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/// Counts a miss of `bound` and prints the first ones.
static void hold(const char *what, size_t at, double found, double expected, double bound) {
  if (fabs(found - expected) <= bound) return;
  if (failures++ < 20) {
    printf("FAIL %s at %zu: %.9g, expected %.9g\n", what, at, found, expected);
  }
}

static int closing(const char *name) {
  printf("%s: %s\n", name, failures ? "FAILED" : "right");
  return failures > 0;
}

#endif
