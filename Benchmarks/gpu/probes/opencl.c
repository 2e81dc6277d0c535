// Finds an OpenCL library. A loader exports the functions by name; a vendor's library behind an ICD
// file gives a table of them with each platform (cl_khr_icd), which is how a machine without a
// loader is used.
#include "opencl.h"

#include <CL/cl_icd.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

OpenCL cl;
char opencl_search[2000];
char opencl_library[256];

static const char *const places[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "libnvidia-opencl.so.1",
    "/usr/local/nvidia/lib64/libnvidia-opencl.so.1",
    "/usr/local/nvidia/lib/libnvidia-opencl.so.1",
    "/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1",
    "/usr/lib64/libnvidia-opencl.so.1",
    "/usr/local/cuda/lib64/libOpenCL.so.1",
};

static void note(const char *place, const char *outcome) {
  const size_t used = strlen(opencl_search);
  snprintf(opencl_search + used, sizeof opencl_search - used, "%s%s: %s", used ? "; " : "", place,
           outcome);
}

/// From the exports of a loader.
static bool fill_by_name(void *library) {
#define OPENCL_FILL(name) *(void **)&cl.name = dlsym(library, "cl" #name);
  OPENCL_FUNCTIONS(OPENCL_FILL)
#undef OPENCL_FILL
  cl_uint platforms = 0;
  return cl.GetPlatformIDs && cl.GetDeviceIDs && cl.CreateContext && cl.EnqueueFillBuffer &&
         cl.GetPlatformIDs(0, NULL, &platforms) == CL_SUCCESS && platforms > 0;
}

/// From the table behind the first platform of a vendor's library.
static bool fill_by_table(void *library) {
  void *(*address)(const char *) = NULL;
  *(void **)&address = dlsym(library, "clGetExtensionFunctionAddress");
  if (!address) return false;
  clIcdGetPlatformIDsKHR_fn platforms = NULL;
  *(void **)&platforms = address("clIcdGetPlatformIDsKHR");
  cl_platform_id platform = NULL;
  if (!platforms || platforms(1, &platform, NULL) != CL_SUCCESS || !platform) return false;
  const cl_icd_dispatch *table = *(cl_icd_dispatch *const *)platform;
#define OPENCL_TAKE(name) cl.name = table->cl##name;
  OPENCL_FUNCTIONS(OPENCL_TAKE)
#undef OPENCL_TAKE
  cl.GetPlatformIDs = platforms;
  return true;
}

static bool take(const char *place) {
  void *library = dlopen(place, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    note(place, dlerror());
    return false;
  }
  if (fill_by_name(library)) {
    snprintf(opencl_library, sizeof opencl_library, "%s", place);
  } else if (fill_by_table(library)) {
    snprintf(opencl_library, sizeof opencl_library, "%s (without a loader)", place);
  } else {
    note(place, "opened, no platform");
    return false;
  }
  return true;
}

bool opencl_open(void) {
  opencl_search[0] = 0;
  const char *named = getenv("SLUICE_OPENCL_LIBRARY");
  if (named && *named) return take(named);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    if (take(places[i])) return true;
  }
  return false;
}

const char *opencl_status(cl_int status) {
  static const struct {
    cl_int status;
    const char *name;
  } names[] = {
#define OPENCL_STATUS(name) {name, #name},
      OPENCL_STATUS(CL_SUCCESS) OPENCL_STATUS(CL_DEVICE_NOT_FOUND)
      OPENCL_STATUS(CL_DEVICE_NOT_AVAILABLE) OPENCL_STATUS(CL_COMPILER_NOT_AVAILABLE)
      OPENCL_STATUS(CL_MEM_OBJECT_ALLOCATION_FAILURE) OPENCL_STATUS(CL_OUT_OF_RESOURCES)
      OPENCL_STATUS(CL_OUT_OF_HOST_MEMORY) OPENCL_STATUS(CL_PROFILING_INFO_NOT_AVAILABLE)
      OPENCL_STATUS(CL_BUILD_PROGRAM_FAILURE) OPENCL_STATUS(CL_INVALID_VALUE)
      OPENCL_STATUS(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
      OPENCL_STATUS(CL_INVALID_BINARY) OPENCL_STATUS(CL_INVALID_BUILD_OPTIONS)
      OPENCL_STATUS(CL_INVALID_PROGRAM_EXECUTABLE) OPENCL_STATUS(CL_INVALID_KERNEL_NAME)
      OPENCL_STATUS(CL_INVALID_KERNEL_ARGS) OPENCL_STATUS(CL_INVALID_ARG_SIZE)
      OPENCL_STATUS(CL_INVALID_WORK_GROUP_SIZE) OPENCL_STATUS(CL_INVALID_COMMAND_QUEUE)
      OPENCL_STATUS(CL_INVALID_BUFFER_SIZE)
#undef OPENCL_STATUS
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (names[i].status == status) return names[i].name;
  }
  static char number[24];
  snprintf(number, sizeof number, "status %d", status);
  return number;
}
