// The vector kernels for every processor of the architecture: SSE2 on x86-64, NEON on arm64.
#if defined(__aarch64__)
#define SLUICE_VARIANT_NAME "neon"
#else
#define SLUICE_VARIANT_NAME "baseline"
#endif
#define SLUICE_WIDTH 4
#define SLUICE_VARIANT(name) name##_baseline
#include "simd.h"

#include "Vector/kernels.h"
