// E1. Which instructions, how much static local memory and how large an argument block there are,
// each by a program that is built and run. Decides LOCAL_BYTES and the forms that need a fall-back.
#include "experiments.h"
#include "retarget.h"

enum { WORDS = 4096, OUT = 256 };

static uint32_t x[WORDS], y[OUT];

static float bf16_value(uint16_t bits) {
  const uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

static uint16_t bf16_bits(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  return (uint16_t)(word >> 16);
}

/// Small whole numbers, so that every sum is exact.
static void fill_halves(bool bf16) {
  uint16_t *halves = (uint16_t *)x;
  uint32_t state = 1;
  for (int i = 0; i < 2 * WORDS; i++) {
    const float value = rintf(next_random(&state) * 4);
    halves[i] = bf16 ? bf16_bits(value) : half_bits(value);
  }
}

static void fill_words(void) {
  for (uint32_t i = 0; i < WORDS; i++) x[i] = i * 2654435761u;
}

static bool product_is_right(bool bf16) {
  const uint16_t *a = (const uint16_t *)x, *b = (const uint16_t *)(x + 128);
  float (*value)(uint16_t) = bf16 ? bf16_value : half_value;
  for (int m = 0; m < 16; m++) {
    for (int n = 0; n < 8; n++) {
      float sum = 0;
      for (int k = 0; k < 16; k++) sum += value(a[m * 16 + k]) * value(b[n * 16 + k]);
      float got;
      memcpy(&got, &y[m * 8 + n], 4);
      if (got != sum) return false;
    }
  }
  return true;
}

static bool f16_is_right(void) { return product_is_right(false); }
static bool bf16_is_right(void) { return product_is_right(true); }

static bool fragments_are_right(void) {
  for (int lane = 0; lane < 32; lane++) {
    for (int w = 0; w < 4; w++) {
      const int row = (lane >> 2) + (w & 1) * 8, column = (lane & 3) + (w >> 1) * 4;
      if (y[lane * 4 + w] != x[row * 8 + column]) return false;
    }
  }
  return true;
}

static bool copy_4_is_right(void) { return !memcmp(x, y, 128 * 4); }
static bool copy_is_right(void) { return !memcmp(x, y, 32 * 4); }

static bool shuffle_is_right(void) {
  for (int i = 0; i < 32; i++) {
    if (y[i] != x[i ^ 1]) return false;
  }
  return true;
}

static bool reversed_is_right(void) {
  for (int i = 0; i < 32; i++) {
    if (y[i] != x[31 - i]) return false;
  }
  return true;
}

static bool dp4a_is_right(void) {
  for (int i = 0; i < 32; i++) {
    const int8_t *a = (const int8_t *)&x[i], *b = (const int8_t *)&x[i + 32];
    int32_t sum = 7;
    for (int j = 0; j < 4; j++) sum += a[j] * b[j];
    if (y[i] != (uint32_t)sum) return false;
  }
  return true;
}

static bool squares_are_right(void) {
  const uint16_t *in = (const uint16_t *)x, *out = (const uint16_t *)y;
  for (int i = 0; i < 32; i++) {
    const float value = half_value(in[i]);
    if (half_value(out[i]) != value * value) return false;
  }
  return true;
}

static const struct Feature {
  const char *name, *macro;
  bool (*is_right)(void);
  char input; // h halves, b bf16, w words
  bool ptx;
} list[] = {
    {"mma.sync m16n8k16 f16", "MMA_F16", f16_is_right, 'h', true},
    {"mma.sync m16n8k16 bf16", "MMA_BF16", bf16_is_right, 'b', true},
    {"ldmatrix.x4, local address in 64 bits", "LDMATRIX", fragments_are_right, 'w', true},
    {"cp.async 16 bytes, local address in 32 bits", "CP_ASYNC", copy_4_is_right, 'w', true},
    {"ld.relaxed.gpu", "LD_RELAXED", copy_is_right, 'w', true},
    {"ld.relaxed.gpu.v4", "LD_RELAXED_V4", copy_4_is_right, 'w', true},
    {"ld.relaxed.gpu.b128", "LD_B128", copy_4_is_right, 'w', true},
    {"createpolicy and cache hint", "POLICY", copy_is_right, 'w', true},
    {"shfl.sync", "SHFL", shuffle_is_right, 'w', true},
    {"dp4a", "DP4A", dp4a_is_right, 'w', true},
    {"bar.warp.sync", "WARP_BARRIER", reversed_is_right, 'w', true},
    {"half arithmetic", "HALF", squares_are_right, 'h', false},
};

static const int local_sizes[] = {48, 64, 100, 128, 200, 227}, blocks[] = {1, 4, 16};

_Static_assert(COUNT(list) + COUNT(local_sizes) + COUNT(blocks) + 1 == FEATURE_PARTS, "parts");

/// Reports whether `program` built, ran with one group of `items` and was right. Its first
/// argument is x, or x's first `block` bytes by value.
static void judge(const char *name, Prediction p, cl_program program, size_t items, size_t block,
                  bool (*is_right)(void)) {
  char reason[200];
  snprintf(reason, sizeof reason, "%s, why not", name);
  if (!program) {
    report_flag(false, p, "%s", name);
    return report_text(reason, build_log);
  }
  const cl_kernel kernel = kernel_in(program, "test");
  const cl_mem in = buffer_of(x, sizeof x), out = make_buffer(sizeof y);
  cl_int status = block ? cl.SetKernelArg(kernel, 0, block, x)
                        : cl.SetKernelArg(kernel, 0, sizeof in, &in);
  SET(kernel, 1, out);
  double seconds;
  if (status == CL_SUCCESS) status = try_run(kernel, 1, items, &seconds);
  if (status == CL_SUCCESS) read_buffer(out, y, sizeof y);
  report_flag(status == CL_SUCCESS && is_right(), p, "%s", name);
  if (status != CL_SUCCESS) return report_text(reason, opencl_status(status));
  report(build_milliseconds, "ms", OPEN, "%s, build", name);
}

static void feature(const struct Feature *f) {
  if (f->ptx && !device.ptx) {
    return report_absent(f->name, "inline PTX does not compile and run on %s", device.name);
  }
  if (f->input == 'w') {
    fill_words();
  } else {
    fill_halves(f->input == 'b');
  }
  judge(f->name, PUBLISHED(1), try_program("features.cl", "-D%s=1", f->macro), 32, 0, f->is_right);
}

static int tested_bytes;

static bool local_is_right(void) {
  for (int item = 0; item < 256; item++) {
    uint32_t sum = 0;
    for (int i = 255 - item; i < tested_bytes / 4; i += 256) {
      sum += (x[i % 1024] + (uint32_t)i) * ((uint32_t)i | 1);
    }
    if (y[item] != sum) return false;
  }
  return true;
}

static bool block_is_right(void) {
  for (int lane = 0; lane < 32; lane++) {
    uint32_t sum = 0;
    for (int i = lane; i < tested_bytes / 4; i += 32) sum += x[i];
    if (y[lane] != sum) return false;
  }
  return true;
}

static void local_size(int kilobytes) {
  char name[80];
  snprintf(name, sizeof name, "static local array of %d KB", kilobytes);
  fill_words();
  tested_bytes = kilobytes * 1024;
  judge(name, kilobytes <= 128 ? PUBLISHED(1) : OPEN,
        try_program("features.cl", "-DLOCAL_BYTES=%d", tested_bytes), 256, 0, local_is_right);
}

static void argument_block(int kilobytes) {
  char name[80];
  snprintf(name, sizeof name, "argument block of %d KB", kilobytes);
  fill_words();
  tested_bytes = kilobytes * 1024;
  judge(name, PUBLISHED(kilobytes <= 4),
        try_program("features.cl", "-DARGUMENT_BYTES=%d", tested_bytes), 32, (size_t)tested_bytes,
        block_is_right);
}

void features(int part) {
  open_device();
  if (part < COUNT(list)) return feature(&list[part]);
  part -= COUNT(list);
  if (part < COUNT(local_sizes)) return local_size(local_sizes[part]);
  part -= COUNT(local_sizes);
  if (part < COUNT(blocks)) return argument_block(blocks[part]);
  retarget();
}
