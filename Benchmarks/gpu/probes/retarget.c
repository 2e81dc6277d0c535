#include "retarget.h"

#include "probe.h"

static const char name[] = "wgmma in PTX retargeted to sm_90a";

static char *ptx_of(cl_program program) {
  size_t size = 0;
  cl.GetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL);
  char *ptx = calloc(size + 2, 1);
  cl.GetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof ptx, &ptx, NULL);
  return ptx;
}

/// Uncomments the marked lines and names sm_90a; NULL where there is nothing of the kind.
static char *rewritten(const char *ptx) {
  const char *target = strstr(ptx, ".target sm_90");
  if (!target || !strstr(ptx, "//WGMMA ")) return NULL;
  const char *after = target + strlen(".target sm_90");
  char *out = calloc(strlen(ptx) + 2, 1);
  const size_t head = (size_t)(after - ptx);
  memcpy(out, ptx, head);
  snprintf(out + head, strlen(ptx) + 2 - head, "%s%s", *after == 'a' ? "" : "a", after);
  for (char *mark; (mark = strstr(out, "//WGMMA "));) memset(mark, ' ', strlen("//WGMMA "));
  return out;
}

static void judge(cl_program program) {
  const cl_kernel kernel = kernel_in(program, "test");
  float y[512] = {0};
  const cl_mem out = make_buffer(sizeof y);
  SET(kernel, 0, out);
  double seconds;
  const cl_int status = try_run(kernel, 1, 128, &seconds);
  bool right = status == CL_SUCCESS;
  if (right) read_buffer(out, y, sizeof y);
  for (int i = 0; i < 512; i++) right = right && y[i] == 16;
  report_flag(right, PUBLISHED(1), "%s", name);
  if (status != CL_SUCCESS) report_text("wgmma, why not", opencl_status(status));
}

void retarget(void) {
  if (!device.ptx) {
    return report_absent(name, "inline PTX does not compile and run on %s", device.name);
  }
  const cl_program program = try_program("retarget.cl", "%s", "");
  if (!program) return report_absent(name, "does not build: %.300s", build_log);
  const char *ptx = rewritten(ptx_of(program));
  if (!ptx) return report_absent(name, "the binary is not PTX for sm_90 with the marked lines");
  const size_t length = strlen(ptx) + 1;
  cl_int status, loaded = CL_SUCCESS;
  const cl_program again =
      cl.CreateProgramWithBinary(device.context, 1, &device.id, &length,
                                 (const unsigned char **)&ptx, &loaded, &status);
  if (status == CL_SUCCESS) status = cl.BuildProgram(again, 1, &device.id, "", NULL, NULL);
  if (status == CL_SUCCESS) return judge(again);
  report_flag(false, PUBLISHED(1), "%s", name);
  report_text("wgmma, why not", opencl_status(status));
}
