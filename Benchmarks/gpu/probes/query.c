// E0. Which library, device and driver; which files of the driver are there. Decides whether
// anything else can run.
#include <unistd.h>

#include "experiments.h"

/// Parts of NVIDIA's driver: OpenCL needs all of them, CUDA alone only the first.
static void report_driver_files(void) {
  static const char *const folders[] = {"/usr/local/nvidia/lib64", "/usr/local/nvidia/lib",
                                        "/usr/lib/x86_64-linux-gnu", "/usr/lib64"};
  static const char *const files[] = {"libcuda.so.1", "libnvidia-opencl.so.1",
                                      "libnvidia-nvvm.so.4", "libnvidia-ptxjitcompiler.so.1"};
  for (int f = 0; f < COUNT(files); f++) {
    char found[200] = "not found";
    for (int i = 0; i < COUNT(folders); i++) {
      char path[200];
      snprintf(path, sizeof path, "%s/%s", folders[i], files[f]);
      if (access(path, R_OK) == 0) snprintf(found, sizeof found, "%s", path);
    }
    report_text(files[f], found);
  }
  report_text("/etc/OpenCL/vendors/nvidia.icd",
              access("/etc/OpenCL/vendors/nvidia.icd", R_OK) == 0 ? "there" : "not found");
}

static void report_size(cl_device_info what, const char *unit, Prediction p, const char *name) {
  report((double)device_size(what), unit, p, "%s", name);
}

static void report_nvidia_attributes(void) {
  static const struct {
    cl_device_info what;
    const char *name, *unit;
    double expected;
  } attributes[] = {
      {0x4000, "compute capability, major", "number", 9},
      {0x4001, "compute capability, minor", "number", 0},
      {0x4002, "registers of a group", "number", 65536},
      {0x4003, "warp", "items", 32},
      {0x400B, "local memory of a unit (0x400B)", "bytes", 233472},
  };
  for (int i = 0; i < COUNT(attributes); i++) {
    uint64_t value = 0;
    if (cl.GetDeviceInfo(device.id, attributes[i].what, sizeof value, &value, NULL) != CL_SUCCESS) {
      report_absent(attributes[i].name, "the device does not know this attribute");
    } else {
      report((double)value, attributes[i].unit, PUBLISHED(attributes[i].expected), "%s",
             attributes[i].name);
    }
  }
}

/// The first lines of the built program, which on NVIDIA are PTX.
static void report_binary_header(void) {
  const cl_program program = try_text("__kernel void test(__global int *y) { y[0] = 1; }", "");
  if (!program) fail("a one-line program does not build: %.1000s", build_log);
  report(build_milliseconds, "ms", OPEN, "build of a one-line program");
  size_t size = 0;
  cl.GetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL);
  unsigned char *binary = calloc(size + 1, 1);
  cl.GetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL);
  const char *version = strstr((char *)binary, ".version");
  const char *target = strstr((char *)binary, ".target");
  if (!version || !target) return report_absent("PTX header", "the program's binary is not PTX");
  char text[100];
  snprintf(text, sizeof text, "%.*s %.*s", (int)strcspn(version, "\n"), version,
           (int)strcspn(target, "\n"), target);
  report_text("PTX header", text);
}

void query(int part) {
  (void)part;
  report_driver_files();
  open_device();
  report_text("library", opencl_library);
  static const struct {
    cl_device_info what;
    const char *name;
  } texts[] = {{CL_DEVICE_VENDOR, "vendor"},
               {CL_DEVICE_VERSION, "version"},
               {CL_DRIVER_VERSION, "driver"},
               {CL_DEVICE_OPENCL_C_VERSION, "language"},
               {CL_DEVICE_EXTENSIONS, "extensions"}};
  for (int i = 0; i < COUNT(texts); i++) {
    char text[2400];
    device_text(texts[i].what, text, sizeof text);
    report_text(texts[i].name, text);
  }
  report_size(CL_DEVICE_MAX_COMPUTE_UNITS, "units", PUBLISHED(132), "compute units");
  report_size(CL_DEVICE_MAX_CLOCK_FREQUENCY, "MHz", PUBLISHED(1980), "clock");
  report_size(CL_DEVICE_GLOBAL_MEM_SIZE, "bytes", OPEN, "global memory");
  report_size(CL_DEVICE_MAX_MEM_ALLOC_SIZE, "bytes", OPEN, "largest allocation");
  report_size(CL_DEVICE_LOCAL_MEM_SIZE, "bytes", PUBLISHED(49152), "local memory of a group");
  report_size(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, "bytes", OPEN, "cache of global memory");
  report_size(CL_DEVICE_MAX_PARAMETER_SIZE, "bytes", PUBLISHED(4352), "argument block");
  report_size(CL_DEVICE_MAX_WORK_GROUP_SIZE, "items", PUBLISHED(1024), "largest group");
  report_nvidia_attributes();
  report_flag(device.ptx, PUBLISHED(1), "inline PTX compiles and runs");
  report_binary_header();
}
