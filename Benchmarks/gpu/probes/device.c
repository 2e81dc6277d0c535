// Finds the device that `--device` names and opens it.
#include "probe.h"

Device device;
const char *device_choice;

enum { MOST_DEVICES = 64 };

static int list_devices(cl_platform_id *platforms_of, cl_device_id *ids) {
  cl_platform_id platforms[16];
  cl_uint platform_count = 0;
  if (cl.GetPlatformIDs(16, platforms, &platform_count) != CL_SUCCESS) return 0;
  int count = 0;
  for (cl_uint p = 0; p < platform_count && p < 16; p++) {
    cl_uint found = 0;
    const cl_int status = cl.GetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL,
                                          (cl_uint)(MOST_DEVICES - count), ids + count, &found);
    for (cl_uint d = 0; status == CL_SUCCESS && d < found && count < MOST_DEVICES; d++) {
      platforms_of[count++] = platforms[p];
    }
  }
  return count;
}

static cl_device_type type_of(cl_device_id id) {
  cl_device_type type = 0;
  cl.GetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  return type;
}

/// The index of the chosen device: by number, by a part of its name, else the first GPU, else 0; −1
/// when nothing matches.
static int choose(const cl_device_id *ids, int count) {
  if (!device_choice) {
    for (int i = 0; i < count; i++) {
      if (type_of(ids[i]) & CL_DEVICE_TYPE_GPU) return i;
    }
    return count ? 0 : -1;
  }
  char *end;
  const long index = strtol(device_choice, &end, 10);
  if (*device_choice && !*end) return index >= 0 && index < count ? (int)index : -1;
  for (int i = 0; i < count; i++) {
    char name[128] = "";
    cl.GetDeviceInfo(ids[i], CL_DEVICE_NAME, sizeof name, name, NULL);
    if (strstr(name, device_choice)) return i;
  }
  return -1;
}

void open_device(void) {
  if (!opencl_open()) fail("no OpenCL library with a platform: %s", opencl_search);
  cl_platform_id platforms[MOST_DEVICES];
  cl_device_id ids[MOST_DEVICES];
  const int count = list_devices(platforms, ids);
  const int index = choose(ids, count);
  if (index < 0) {
    fail("no device '%s' among the %d found", device_choice ? device_choice : "any", count);
  }
  device.platform = platforms[index];
  device.id = ids[index];
  device.cpu = !(type_of(device.id) & CL_DEVICE_TYPE_GPU);
  device_text(CL_DEVICE_NAME, device.name, sizeof device.name);
  device.units = (cl_uint)device_size(CL_DEVICE_MAX_COMPUTE_UNITS);
  device.gigahertz = (double)device_size(CL_DEVICE_MAX_CLOCK_FREQUENCY) * 1e-3;
  cl_int status;
  device.context = cl.CreateContext(NULL, 1, &device.id, NULL, NULL, &status);
  check(status, "clCreateContext");
  device.queue = make_queue(true);
}

cl_command_queue make_queue(bool profiling) {
  cl_int status;
  const cl_command_queue queue = cl.CreateCommandQueue(
      device.context, device.id, profiling ? CL_QUEUE_PROFILING_ENABLE : 0, &status);
  check(status, "clCreateCommandQueue");
  return queue;
}

size_t device_size(cl_device_info what) {
  uint64_t value = 0;
  cl.GetDeviceInfo(device.id, what, sizeof value, &value, NULL);
  return (size_t)value;
}

void device_text(cl_device_info what, char *text, size_t room) {
  text[0] = 0;
  cl.GetDeviceInfo(device.id, what, room, text, NULL);
  text[room - 1] = 0;
}

bool runs_ptx(void) {
  if (device.cpu) return false;
  const cl_program program = try_text(
      "__kernel void test(__global uint *y) {\n"
      "  uint x = get_local_id(0), d;\n"
      "  asm volatile(\"mad.lo.u32 %0, %1, 3, 5;\" : \"=r\"(d) : \"r\"(x));\n"
      "  y[x] = d;\n"
      "}\n", "");
  if (!program) return false;
  const cl_kernel kernel = kernel_in(program, "test");
  uint32_t y[32] = {0};
  const cl_mem buffer = make_buffer(sizeof y);
  SET(kernel, 0, buffer);
  double seconds;
  if (try_run(kernel, 1, 32, &seconds) != CL_SUCCESS) return false;
  read_buffer(buffer, y, sizeof y);
  for (uint32_t i = 0; i < 32; i++) {
    if (y[i] != 3 * i + 5) return false;
  }
  return true;
}
