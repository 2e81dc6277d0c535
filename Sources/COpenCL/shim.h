// Types and constants. The functions are looked up when the program runs, so nothing is linked: a
// machine without OpenCL starts it too.
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <CL/cl_icd.h>
