// The vector kernels for AVX2 with FMA.
#if defined(__x86_64__)

#define SLUICE_VARIANT_NAME "avx2"
#define SLUICE_WIDTH 8
#define SLUICE_VARIANT(name) name##_avx2

// What the kernels include comes before the attribute, which is for their functions only.
#include <immintrin.h>

#include "kernel.h"
#include "sluice_dispatch.h"

#pragma clang attribute push( \
    __attribute__((target("avx2,fma"))), apply_to = function)
#include "simd.h"

#include "Vector/kernels.h"
#pragma clang attribute pop

#endif
