// What every generated source begins with: the words that operator bodies are written in.
//
// A body is one function, `NAME`, run by one work-group for one stream. Its user defines NAME, sizes and
// accessors before it and undefines them after it. Operand i is in address space `S<i>`.
//
// LSZ: work-items of a group. 1 on CPU devices: no barriers, plain loops over vectors.
// VW:  elements of a vector, 1, 2, 4, 8 or 16, per body; at most the length of what it runs along, so
//      that a last vector that would pass the end is moved back instead (it repeats some elements, and
//      no body writes what it reads).
// ACC: the type of sums that are not products: double where the device has it.
#pragma OPENCL FP_CONTRACT OFF

#ifndef LSZ
#define LSZ 1
#endif

#if LSZ == 1
#define LID 0
#define BARRIER
#else
#define LID ((int)get_local_id(0))
#define BARRIER barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
#endif

#ifdef HAS_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define ACC double
typedef double double1;
#else
#define ACC float
#endif

typedef float float1;
typedef char char1;
typedef short short1;
typedef int int1;
typedef long long1;
typedef uchar uchar1;
typedef ushort ushort1;
typedef uint uint1;
typedef ulong ulong1;

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
// A built-in's name may be a macro, so it is pasted where it is written.
#define CONVERT_FLOAT_(width) convert_float##width
#define CONVERT_FLOAT(width) CONVERT_FLOAT_(width)
#define CONVERT_DOUBLE_(width) convert_double##width
#define CONVERT_DOUBLE(width) CONVERT_DOUBLE_(width)
#define AS_FLOAT_(width) as_float##width
#define AS_FLOAT(width) AS_FLOAT_(width)
#define AS_INT_(width) as_int##width
#define AS_INT(width) AS_INT_(width)
#define CONVERT_INT_(width) convert_int##width
#define CONVERT_INT(width) CONVERT_INT_(width)
#define CONVERT_UINT_(width) convert_uint##width
#define CONVERT_UINT(width) CONVERT_UINT_(width)
#ifdef HAS_DOUBLE
#define CONVERT_ACC(width) CONVERT_DOUBLE(width)
#else
#define CONVERT_ACC(width) CONVERT_FLOAT(width)
#endif
#define VF CAT(float, VW)
#define VI CAT(int, VW)
#define VA CAT(ACC, VW)

#define vload1(o, p) ((p)[o])
#define vstore1(v, o, p) ((p)[o] = (v))
#define as_int1(x) as_int(x)
#define as_float1(x) as_float(x)
#define convert_float1(x) ((float)(x))
#define convert_double1(x) ((double)(x))
#define convert_int1(x) ((int)(x))
#define convert_uint1(x) ((uint)(x))
#define vload_half1(o, p) vload_half(o, p)

#define VLOAD_(width) vload##width
#define VLOAD_OF(width) VLOAD_(width)
#define VLOAD(p) VLOAD_OF(VW)(0, p)
#define VLOAD_HALF_(width) vload_half##width
#define VLOAD_HALF_OF(width) VLOAD_HALF_(width)
#define VSTORE_(width) vstore##width
#define VSTORE_OF(width) VSTORE_(width)
#define VSTORE(v, p) VSTORE_OF(VW)(v, 0, p)
#define WIDE(v) CONVERT_ACC(VW)(v)
#define NARROW(v) CONVERT_FLOAT(VW)(v)

/// Blocks of RT rows and CT columns of ROWS x N, shared out among the work-items; the last ones of a
/// row or column are moved back to end with it. RT <= ROWS, CT <= N.
#define BLOCKS(n, size) (((n) + (size) - 1) / (size))
#if LSZ == 1
#define FOR_TILES(r, RT, ROWS, c, CT, N) \
  for (int r##_ = 0, r; r = min(r##_, (ROWS) - (RT)), r##_ < (ROWS); r##_ += (RT)) \
    for (int c##_ = 0, c; c = min(c##_, (N) - (CT)), c##_ < (N); c##_ += (CT))
#else
#define FOR_TILES(r, RT, ROWS, c, CT, N) \
  for (int r##_ = LID, r, c; \
       r = min(r##_ / BLOCKS(N, CT) * (RT), (ROWS) - (RT)), \
       c = min(r##_ % BLOCKS(N, CT) * (CT), (N) - (CT)), \
       r##_ < BLOCKS(ROWS, RT) * BLOCKS(N, CT); \
       r##_ += LSZ)
#endif
#define FOR_EACH(i, N) for (int i = LID; i < (N); i += LSZ)

/// Terms of a product that are summed before they are added to what came before.
#define SEGMENT 128

// Products at a precision P, fp32, fp16, bf16 or int8: a body with known weights names it by PRECISION,
// and QUANTIZED (1 for int8). WEIGHT is what weights are stored as, VP a vector of factors and sums.
//     WEIGHTS(p), WEIGHT1(p)    VW weights from p on, or one
//     FACTOR(x, inverse)        x as products take it (precision.cl); inverse: of its row, for int8
//     TERM(w, a, s)             s + w · a, by fma where sums are float
// There is a total, which begins with what the sum is added to, and the sum of a segment:
//     sum = SEGMENT_START(begin, total, sum) … TERM … total = SEGMENT_END(begin, total, sum)
// for the segments from `begin` on, then total = SCALED(total, sum, scale). An int8 sum goes on through
// all segments and is added by SCALED, times the scale of its row and output.
typedef float weight_fp32;
typedef ushort weight_fp16;
typedef ushort weight_bf16;
typedef char weight_int8;
#define FACTOR_TYPE_0 float
#define FACTOR_TYPE_1 int
#define WEIGHTS_fp32(p) VLOAD(p)
#define WEIGHTS_bf16(p) AS_FLOAT(VW)(CONVERT_UINT(VW)(VLOAD(p)) << 16)
#define WEIGHTS_fp16(p) VLOAD_HALF_OF(VW)(0, (__global const half *)(p))
#define WEIGHTS_int8(p) CONVERT_INT(VW)(VLOAD(p))
#define WEIGHT1_fp32(p) (*(p))
#define WEIGHT1_bf16(p) as_float((uint)*(p) << 16)
#define WEIGHT1_fp16(p) vload_half(0, (__global const half *)(p))
#define WEIGHT1_int8(p) ((int)*(p))
#define FACTOR_fp32(x, inverse, width) (x)
#define FACTOR_bf16(x, inverse, width) CAT(factor_bf16_, width)(x)
#define FACTOR_fp16(x, inverse, width) CAT(factor_fp16_, width)(x)
#define FACTOR_int8(x, inverse, width) CAT(factor_int8_, width)(x, inverse)
#define TERM_0(w, a, s) fma(w, a, s)
#define TERM_1(w, a, s) ((s) + (w) * (a))
#define SEGMENT_START_0(begin, total, sum) ((begin) ? (VP)(0) : (total))
#define SEGMENT_START_1(begin, total, sum) ((begin) ? (sum) : (VP)(0))
#define SEGMENT_END_0(begin, total, sum) ((begin) ? (total) + (sum) : (sum))
#define SEGMENT_END_1(begin, total, sum) (total)
#define SCALED_0(total, sum, scale) (total)
#define SCALED_1(total, sum, scale) fma(CONVERT_FLOAT(VW)(sum), scale, total)

#define WEIGHT CAT(weight_, PRECISION)
#define FACTOR_TYPE CAT(FACTOR_TYPE_, QUANTIZED)
#define VP CAT(FACTOR_TYPE, VW)
#define WEIGHTS CAT(WEIGHTS_, PRECISION)
#define WEIGHT1 CAT(WEIGHT1_, PRECISION)
#define FACTOR_OF CAT(FACTOR_, PRECISION)
#define FACTOR(x, inverse) FACTOR_OF(x, inverse, VW)
#define FACTOR1(x, inverse) FACTOR_OF(x, inverse, 1)
#define TERM CAT(TERM_, QUANTIZED)
#define SEGMENT_START CAT(SEGMENT_START_, QUANTIZED)
#define SEGMENT_END CAT(SEGMENT_END_, QUANTIZED)
#define SCALED CAT(SCALED_, QUANTIZED)

/// A magnitude as an integer in the order of magnitudes, NaN above all.
#define MAGNITUDE(x) as_int(fabs(x))
/// What the factors of a row are multiplied with, and what one of their products is worth, for its
/// largest magnitude.
#define INVERSE_SCALE(largest) ((largest) ? 127.0f / as_float(largest) : 0.0f)
#define ROW_SCALE(largest) (as_float(largest) / 127.0f)
/// At int8 inverse[i] and scale[i] of a row whose value k, below `count`, is `value`.
#define FIND_SCALES CAT(FIND_SCALES_, QUANTIZED)
#define FIND_SCALES_0(i, count, value) { }
#define FIND_SCALES_1(i, count, value) \
  { \
    int largest = 0; \
    for (int k = 0; k < (count); k++) largest = max(largest, MAGNITUDE(value)); \
    inverse[i] = INVERSE_SCALE(largest); \
    scale[i] = ROW_SCALE(largest); \
  }

/// The last parameters of a body that may refuse the step; FAIL does, with the operation and why.
#define STATUS __global int *status, const int operation
#define FAIL(reason) (*status = operation * 8 + (reason))
#define INDEX_OUT_OF_RANGE 1
#define DIVISION_BY_ZERO 2
#define LENGTH_OUT_OF_RANGE 3
