// E3. How many groups of 256 items are resident together, by local memory and registers, with and
// without NVIDIA's carve-out attribute; whether 128 or 132 of them spread one to a unit. Decides
// the grid of the persistent kernels.
#include "experiments.h"

enum { ITEMS = 256, MOST_GROUPS = 4096, MOST_LIVE = 224 };

typedef cl_int (*SetKernelAttribute)(cl_kernel, cl_device_id, cl_uint, size_t, const void *);

static cl_mem arrived, seen, unit, seed, y;
static uint32_t seen_there[MOST_GROUPS], unit_there[MOST_GROUPS];

static cl_kernel make_resident(int live, int local_bytes) {
  const cl_program program = try_program(
      "residency.cl", "-DITEMS=%d -DLIVE=%d -DLOCAL_BYTES=%d", ITEMS, live, local_bytes);
  return program ? kernel_in(program, "resident") : NULL;
}

/// The least count that a group saw; 0 when the launch failed.
static cl_uint count_resident(cl_kernel kernel, cl_uint groups, cl_uint tries) {
  const cl_uint zero = 0;
  write_buffer(arrived, &zero, 4);
  SET(kernel, 0, arrived);
  SET(kernel, 1, seen);
  SET(kernel, 2, unit);
  SET(kernel, 3, seed);
  SET(kernel, 4, groups);
  SET(kernel, 5, tries);
  SET(kernel, 6, y);
  double seconds;
  if (try_run(kernel, groups, ITEMS, &seconds) != CL_SUCCESS) return 0;
  read_buffer(seen, seen_there, groups * 4);
  read_buffer(unit, unit_there, groups * 4);
  cl_uint came, least = groups;
  read_buffer(arrived, &came, 4);
  if (came != groups) fail("%u of %u groups counted themselves", came, groups);
  for (cl_uint g = 0; g < groups; g++) least = seen_there[g] < least ? seen_there[g] : least;
  return least;
}

static double spilled(cl_kernel kernel) {
  cl_ulong bytes = 0;
  cl.GetKernelWorkGroupInfo(kernel, device.id, CL_KERNEL_PRIVATE_MEM_SIZE, 8, &bytes, NULL);
  return (double)bytes;
}

static SetKernelAttribute find_attribute(void) {
  SetKernelAttribute set = NULL;
  *(void **)&set =
      cl.GetExtensionFunctionAddressForPlatform(device.platform, "clSetKernelAttributeNV");
  if (!set) report_absent("carve-out attribute", "no clSetKernelAttributeNV here");
  return set;
}

/// The most that registers, items and local memory allow on an H200.
static double derived_groups(int registers, int kilobytes) {
  const int by_registers = 65536 / (ITEMS * (registers > 248 ? 256 : registers));
  const int by_local = 228 / (kilobytes + 1);
  return fmin(8, by_registers < by_local ? by_registers : by_local);
}

static void sweep(SetKernelAttribute set) {
  static const int locals[] = {16, 40, 48, 96};
  static const int registers[] = {64, 128, 255}, live[] = {40, 100, 220};
  for (int l = 0; l < COUNT(locals); l++) {
    for (int r = 0; r < COUNT(registers); r++) {
      char name[100];
      snprintf(name, sizeof name, "%d KB, about %d registers", locals[l], registers[r]);
      const cl_kernel kernel = make_resident(live[r], locals[l] * 1024);
      if (!kernel) {
        report_absent(name, "does not build: %.200s", build_log);
        continue;
      }
      report(spilled(kernel), "bytes", OPEN, "%s: private memory", name);
      const cl_uint groups = 8 * device.units;
      report(count_resident(kernel, groups, 5000) / (double)device.units, "groups a unit", OPEN,
             "%s: resident", name);
      const cl_uint wanted = 228 * 1024;
      if (!set) continue;
      const cl_int status = set(kernel, device.id, 0, sizeof wanted, &wanted);
      if (status != CL_SUCCESS) report_absent("carve-out attribute", "%s", opencl_status(status));
      if (status != CL_SUCCESS) continue;
      report(count_resident(kernel, groups, 5000) / (double)device.units, "groups a unit",
             DERIVED(derived_groups(registers[r], locals[l])), "%s: resident, carve-out", name);
    }
  }
}

/// The most groups that one unit ran in the last launch.
static int most_on_a_unit(cl_uint groups) {
  int count[1024] = {0}, most = 0;
  for (cl_uint g = 0; g < groups; g++) {
    const int here = ++count[unit_there[g] % 1024];
    most = here > most ? here : most;
  }
  return most;
}

static void grids(void) {
  static const cl_uint sizes[] = {128, 132, 264, 528};
  const cl_kernel large = make_resident(220, 16 * 1024), small = make_resident(40, 16 * 1024);
  if (!large || !small) fail("residency.cl does not build: %.1000s", build_log);
  for (int i = 0; i < COUNT(sizes); i++) {
    const bool one_each = sizes[i] <= 132;
    const cl_uint least = count_resident(one_each ? large : small, sizes[i], 5000);
    report_flag(least == sizes[i], DERIVED(1), "%u groups run together", sizes[i]);
    if (!device.ptx) continue;
    report(most_on_a_unit(sizes[i]), "groups", DERIVED(one_each ? 1 : sizes[i] / 132.0),
           "%u groups: most on one unit", sizes[i]);
  }
}

void residency(int part) {
  (void)part;
  open_device();
  uint32_t *words = malloc(MOST_LIVE * ITEMS * 4);
  for (uint32_t i = 0; i < MOST_LIVE * ITEMS; i++) words[i] = i * 2654435761u;
  seed = buffer_of(words, MOST_LIVE * ITEMS * 4);
  arrived = make_buffer(4);
  seen = make_buffer(MOST_GROUPS * 4);
  unit = make_buffer(MOST_GROUPS * 4);
  y = make_buffer((size_t)MOST_GROUPS * ITEMS * 4);
  if (8 * device.units > MOST_GROUPS) fail("%u units are more than this counts", device.units);
  if (!device.cpu) {
    grids();
    return sweep(find_attribute());
  }
  const cl_kernel kernel = make_resident(40, 16 * 1024);
  if (!kernel) fail("residency.cl does not build: %.1000s", build_log);
  count_resident(kernel, 64, 0);
  report_flag(true, DERIVED(1), "64 groups that do not wait count themselves once each");
  report_absent("groups resident together", "%s is a CPU: groups must not wait for each other",
                device.name);
}
