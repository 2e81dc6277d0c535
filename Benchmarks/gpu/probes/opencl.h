// OpenCL entry points, found at run time: `cl.CreateContext(…)` is clCreateContext. Nothing is
// linked, so that the program starts, and says what is missing, on a machine without OpenCL.
#ifndef PROBES_OPENCL_H
#define PROBES_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <stdbool.h>

#define OPENCL_FUNCTIONS(F)                                                                        \
  F(GetPlatformIDs) F(GetPlatformInfo) F(GetDeviceIDs) F(GetDeviceInfo) F(CreateContext)           \
  F(CreateCommandQueue) F(CreateBuffer) F(CreateProgramWithSource) F(CreateProgramWithBinary)      \
  F(BuildProgram) F(GetProgramBuildInfo) F(GetProgramInfo) F(CreateKernel) F(SetKernelArg)         \
  F(GetKernelWorkGroupInfo) F(EnqueueNDRangeKernel) F(EnqueueReadBuffer) F(EnqueueWriteBuffer)     \
  F(EnqueueCopyBuffer) F(EnqueueFillBuffer) F(EnqueueMapBuffer) F(Flush) F(Finish)                 \
  F(GetEventInfo) F(WaitForEvents) F(GetEventProfilingInfo) F(ReleaseEvent) F(ReleaseKernel)       \
  F(ReleaseProgram) F(ReleaseMemObject) F(GetExtensionFunctionAddressForPlatform)

typedef struct {
#define OPENCL_MEMBER(name) __typeof__(&cl##name) name;
  OPENCL_FUNCTIONS(OPENCL_MEMBER)
#undef OPENCL_MEMBER
} OpenCL;

extern OpenCL cl;

/// Every place that was tried and what came of it, for the sentence about a missing library.
extern char opencl_search[2000];

/// The library taken, empty before opencl_open.
extern char opencl_library[256];

/// Fills `cl` from SLUICE_OPENCL_LIBRARY, else libOpenCL.so.1, else NVIDIA's own library, taken
/// as the loader would take it; a library without any platform is passed over.
bool opencl_open(void);

/// The name of a status, such as CL_OUT_OF_RESOURCES.
const char *opencl_status(cl_int status);

#endif
