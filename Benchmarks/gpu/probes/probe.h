// What the experiments share: a device, programs, timing, and the records they report.
//
// An experiment is a row of the table in Benchmarks/README.md, cut into parts. Each part runs in a
// process of its own and opens the device itself, so that a crash, a hang or a poisoned context
// costs one part.
#ifndef PROBES_PROBE_H
#define PROBES_PROBE_H

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/// What was expected before any measurement. kind: P published, D derived by arithmetic, M to be
/// measured (then there is no figure).
typedef struct {
  double low, high;
  char kind;
} Prediction;

#define PUBLISHED(x) ((Prediction){(x), (x), 'P'})
#define DERIVED(x) ((Prediction){(x), (x), 'D'})
#define DERIVED_RANGE(low, high) ((Prediction){(low), (high), 'D'})
#define OPEN ((Prediction){NAN, NAN, 'M'})

typedef struct {
  const char *name, *title;
  int parts;
  void (*run)(int part);
} Experiment;

typedef struct {
  cl_platform_id platform;
  cl_device_id id;
  cl_context context;
  cl_command_queue queue; // in order, profiling
  cl_uint units;
  double gigahertz;
  char name[128];
  bool cpu; // work-items of a group run one after another: no waiting between groups
  bool ptx; // inline PTX was compiled and gave the right answer
} Device;

extern Device device;

/// The value of `--device`, if given.
extern const char *device_choice;

/// Another number in each pass of each run, for source that no cache has seen.
extern long run_number;

// report.c: records go through a pipe to the process that prints.
extern int report_pipe;
void report(double measured, const char *unit, Prediction predicted, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
void report_flag(bool measured, Prediction predicted, const char *name, ...)
    __attribute__((format(printf, 3, 4)));
void report_text(const char *name, const char *text);
/// A result that there cannot be here, and why.
void report_absent(const char *name, const char *reason, ...) __attribute__((format(printf, 2, 3)));
/// Ends this part with a sentence.
_Noreturn void fail(const char *sentence, ...) __attribute__((format(printf, 1, 2)));
/// `text` as a JSON string, cut to the room there is.
void json_string(char *out, size_t room, const char *text);

// device.c
void open_device(void);
cl_command_queue make_queue(bool profiling);
size_t device_size(cl_device_info what);
void device_text(cl_device_info what, char *text, size_t room);
/// Whether the device runs inline PTX; called in a process of its own, as a compiler may crash on
/// it.
bool runs_ptx(void);

// program.c
extern double build_milliseconds; // of the last build
extern char build_log[4000];
extern const struct Source {
  const char *name;
  const unsigned char *bytes;
  size_t length;
} sources[];
/// The embedded file behind the prelude; NULL when it does not build, see build_log.
cl_program try_program(const char *file, const char *options, ...)
    __attribute__((format(printf, 2, 3)));
cl_program try_text(const char *text, const char *options);
/// A kernel of an embedded file; what cannot be built ends the part.
cl_kernel make_kernel(const char *file, const char *name, const char *options, ...)
    __attribute__((format(printf, 3, 4)));
cl_kernel kernel_in(cl_program program, const char *name);
cl_mem make_buffer(size_t bytes); // zeros
cl_mem buffer_of(const void *data, size_t bytes);
void read_buffer(cl_mem buffer, void *data, size_t bytes);
void write_buffer(cl_mem buffer, const void *data, size_t bytes);
/// One launch; the status of running it.
cl_int try_run(cl_kernel kernel, size_t groups, size_t items, double *seconds);
/// Seconds of one launch by the device's clock; a failure ends the part.
double run(cl_kernel kernel, size_t groups, size_t items);
double least_of(int repeats, cl_kernel kernel, size_t groups, size_t items);
void check(cl_int status, const char *call);
#define SET(kernel, index, value)                                                                  \
  check(cl.SetKernelArg((kernel), (index), sizeof(value), &(value)), "clSetKernelArg " #value)
double seconds_now(void);

/// A fixed sequence of numbers in [−1, 1).
float next_random(uint32_t *state);
uint16_t half_bits(float value);
float half_value(uint16_t bits);

#endif
