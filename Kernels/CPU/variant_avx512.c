// The vector kernels for AVX-512 (F, BW, DQ, VL).
#if defined(__x86_64__)

#define SLUICE_VARIANT_NAME "avx512"
#define SLUICE_WIDTH 16
#define SLUICE_VARIANT(name) name##_avx512

// What the kernels include comes before the attribute, which is for their functions only.
#include <immintrin.h>

#include "kernel.h"
#include "sluice_dispatch.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "simd.h"

#include "Vector/kernels.h"
#pragma clang attribute pop

#endif
