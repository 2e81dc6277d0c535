// The kernels of the CPU backend as one C interface. The contract (who owns what, argument order,
// canonical order of sums) is Kernels/README.md.
#ifndef SLUICE_KERNELS_H
#define SLUICE_KERNELS_H

#include <stdint.h>

/// Axes after merging (Kernels/README.md); shapes that need more run elsewhere.
#define SLUICE_RANK 8

/// Element types, in the order of Swift's `ElementType.allCases`.
typedef enum sluice_type {
  SLUICE_F32,
  SLUICE_F64,
  SLUICE_I8,
  SLUICE_U8,
  SLUICE_I16,
  SLUICE_U16,
  SLUICE_I32,
  SLUICE_U32,
  SLUICE_I64,
  SLUICE_U64,
  SLUICE_BOOL,
  SLUICE_TYPE_COUNT
} sluice_type;

/// What a kernel returns: 0, or why the values it met are not defined for it.
typedef enum sluice_status {
  SLUICE_OK,
  SLUICE_INDEX_OUT_OF_RANGE,
  SLUICE_DIVISION_BY_ZERO,
  SLUICE_LENGTH_OUT_OF_RANGE
} sluice_status;

/// An operation: reads its parameters and operands, writes its outputs, allocates nothing. Operands
/// that are absent are null.
typedef int32_t (*sluice_kernel)(const void *parameters, void *const *operands);

/// Likewise for several streams: `operands[s][j]` is operand j of stream s (sluice_dispatch.h).
typedef int32_t (*sluice_batch_kernel)(
    const void *parameters, void *const *const *operands, int64_t streams);

/// Where an operand lies: `offset` bytes into base `base`; absent if `base` is negative.
typedef struct sluice_operand {
  int64_t base;
  int64_t offset;
} sluice_operand;

typedef struct sluice_op {
  /// For one stream; null where `batch` is there.
  sluice_kernel kernel;
  sluice_batch_kernel batch;
  /// `batch` is called for one stream at a time, because what it takes from stream 0 differs.
  int32_t separately;
  const void *parameters;
  const sluice_operand *operands;
  int64_t operand_count;
} sluice_op;

/// The streams that step together, and room for the addresses of their operands.
typedef struct sluice_streams {
  int64_t count;
  /// Per stream its table of bases.
  char *const *const *bases;
  /// Per stream a row of the most operands of any operation.
  void *const *const *rows;
} sluice_streams;

/// The operation that met values it is not defined for, and the stream whose they are.
typedef struct sluice_failure {
  int64_t op, stream;
} sluice_failure;

/// Runs `count` operations in order over all streams: a batch kernel once for all of them, what lies
/// between two of those stream by stream, so that a stream's values stay in the cache. On a failure
/// returns the status and says where.
int32_t sluice_run(
    const sluice_op *ops, int64_t count, const sluice_streams *streams, sluice_failure *failure);

// Element by element ----------------------------------------------------------------------------

/// x -> y, `count` elements.
typedef enum sluice_unary {
  SLUICE_RELU, SLUICE_SIGMOID, SLUICE_TANH, SLUICE_SOFTPLUS, SLUICE_SOFTSIGN, SLUICE_ERF,
  SLUICE_MISH, SLUICE_HARD_SWISH, SLUICE_LEAKY_RELU, SLUICE_ELU, SLUICE_SELU, SLUICE_CELU,
  SLUICE_HARD_SIGMOID, SLUICE_THRESHOLDED_RELU, SLUICE_GELU, SLUICE_GELU_TANH, SLUICE_SQRT,
  SLUICE_EXP, SLUICE_LOG, SLUICE_ABS, SLUICE_NEG, SLUICE_SIGN, SLUICE_RECIPROCAL, SLUICE_FLOOR,
  SLUICE_CEIL, SLUICE_ROUND, SLUICE_SIN, SLUICE_COS, SLUICE_ATAN, SLUICE_NOT
} sluice_unary;

typedef struct sluice_unary_parameters {
  int64_t count;
  float alpha, beta;
} sluice_unary_parameters;

/// Null where this family does not offer the type.
sluice_kernel sluice_unary_kernel(sluice_unary kind, sluice_type type);

/// a, b -> y; y is dense. For compare, and, or: y is bool.
typedef enum sluice_binary {
  SLUICE_ADD, SLUICE_SUB, SLUICE_MUL, SLUICE_DIV, SLUICE_POW, SLUICE_GREATER,
  SLUICE_GREATER_OR_EQUAL, SLUICE_LESS, SLUICE_LESS_OR_EQUAL, SLUICE_EQUAL, SLUICE_AND, SLUICE_OR,
  SLUICE_MIN, SLUICE_MAX, SLUICE_PRELU
} sluice_binary;

/// Up to three inputs over one dense output of `sizes`; strides in elements, 0 along repeated axes.
/// `rank` is at least 1.
typedef struct sluice_broadcast_parameters {
  int64_t rank;
  int64_t sizes[SLUICE_RANK];
  int64_t a[SLUICE_RANK], b[SLUICE_RANK], c[SLUICE_RANK];
} sluice_broadcast_parameters;

sluice_kernel sluice_binary_kernel(sluice_binary kind, sluice_type type);

/// condition (bool), a, b -> y; `element_bytes` 1, 2, 4 or 8.
sluice_kernel sluice_where_kernel(int64_t element_bytes);

typedef struct sluice_count_parameters {
  int64_t count;
} sluice_count_parameters;

/// x, minimum?, maximum? -> y = min(max(x, minimum), maximum)
sluice_kernel sluice_clip_kernel(sluice_type type);

typedef struct sluice_cast_parameters {
  int64_t count;
  sluice_type from, to;
} sluice_cast_parameters;

/// x -> y, rules of `Tensor.converted(to:)`.
int32_t sluice_cast(const void *parameters, void *const *operands);

typedef struct sluice_quantize_parameters {
  int64_t outer, axis, inner;
  /// Elements along the axis per scale, at least 1.
  int64_t block;
  /// Scale of element (o, a, i): o · outer_stride + (a / block) · axis_stride + i · inner_stride.
  int64_t outer_stride, axis_stride, inner_stride;
  sluice_type type;
} sluice_quantize_parameters;

/// x (float32), scale (float32), zero point? (type) -> y (type)
int32_t sluice_quantize(const void *parameters, void *const *operands);
/// x (type), scale (float32), zero point? (type) -> y (float32)
int32_t sluice_dequantize(const void *parameters, void *const *operands);

// Rows: softmax, normalisation, reductions, scans -------------------------------------------------

/// Lines of `length` elements, `inner` apart; `outer` blocks of them.
typedef struct sluice_lines_parameters {
  int64_t outer, length, inner;
} sluice_lines_parameters;

// sluice_kernels()->softmax, ->log_softmax: x -> y (float32), with sluice_lines_parameters

typedef struct sluice_scan_parameters {
  sluice_lines_parameters lines;
  int32_t exclusive, reverse;
} sluice_scan_parameters;

/// x -> y; float32, float64, int32, int64
sluice_kernel sluice_cumulative_sum_kernel(sluice_type type);

typedef struct sluice_argmax_parameters {
  sluice_lines_parameters lines;
  int32_t select_last;
} sluice_argmax_parameters;

/// x -> y (int64); `length` at least 1. Every type but bool.
sluice_kernel sluice_argmax_kernel(sluice_type type);

typedef struct sluice_topk_parameters {
  sluice_lines_parameters lines;
  int64_t k;
  int32_t largest;
} sluice_topk_parameters;

/// x -> values?, indices? (int64), workspace of `length` int64. Every type but bool.
sluice_kernel sluice_topk_kernel(sluice_type type);

typedef enum sluice_reduction {
  SLUICE_REDUCE_MEAN, SLUICE_REDUCE_SUM, SLUICE_REDUCE_MAX, SLUICE_REDUCE_MIN, SLUICE_REDUCE_L2,
  SLUICE_REDUCTION_COUNT
} sluice_reduction;

/// Output element per index of the kept axes, dense; strides of x in elements.
typedef struct sluice_reduce_parameters {
  int64_t kept_rank, reduced_rank;
  int64_t kept_sizes[SLUICE_RANK], kept_strides[SLUICE_RANK];
  int64_t reduced_sizes[SLUICE_RANK], reduced_strides[SLUICE_RANK];
} sluice_reduce_parameters;

/// x -> y; float32 is `sluice_kernels()->reduce[kind]`.
sluice_kernel sluice_reduce_kernel(sluice_reduction kind, sluice_type type);

typedef struct sluice_layer_norm_parameters {
  int64_t rows, length;
  float epsilon;
} sluice_layer_norm_parameters;

// sluice_kernels()->layer_norm, float32; the residual is added after scale and bias:
//     x, scale? [length], bias? [length], residual? [rows, length]
//     -> y?, mean? [rows], inverse deviation? [rows]

typedef struct sluice_group_norm_parameters {
  int64_t batch, channels, spatial, groups;
  /// 1: scale and bias per group, else per channel.
  int32_t per_group;
  float epsilon;
} sluice_group_norm_parameters;

// sluice_kernels()->group_norm: x, scale, bias -> y (float32); groups == channels is instance
// normalisation

typedef struct sluice_batch_norm_parameters {
  int64_t batch, channels, spatial;
  float epsilon;
} sluice_batch_norm_parameters;

// sluice_kernels()->batch_norm: x, scale, bias, mean, variance -> y (float32)

// Movement ----------------------------------------------------------------------------------------

/// Strides in bytes; sizes at least 1 axis; the operands' offsets hold both starting points.
typedef struct sluice_copy_parameters {
  int64_t element_bytes;
  int64_t rank;
  int64_t sizes[SLUICE_RANK];
  int64_t source[SLUICE_RANK], target[SLUICE_RANK];
} sluice_copy_parameters;

/// source -> target
int32_t sluice_copy(const void *parameters, void *const *operands);

/// Output element [i, j, …] is source element table_0[i] + table_1[j] + …, or the fill where a table
/// holds −1. Tables follow each other in one int64 operand, one entry per index of each axis.
typedef struct sluice_table_copy_parameters {
  int64_t element_bytes;
  int64_t rank;
  int64_t sizes[SLUICE_RANK];
} sluice_table_copy_parameters;

/// source, tables, fill? (one element; zero bytes if absent) -> target
int32_t sluice_table_copy(const void *parameters, void *const *operands);

typedef struct sluice_gather_parameters {
  int64_t outer, axis, inner_bytes, index_count;
  /// Bytes of one index: 4 or 8, signed.
  int64_t index_bytes;
} sluice_gather_parameters;

/// x, indices -> y
int32_t sluice_gather(const void *parameters, void *const *operands);

/// Output of `sizes` (that of the indices); x's strides in elements, axis number `axis`.
typedef struct sluice_gather_elements_parameters {
  int64_t element_bytes, index_bytes;
  int64_t rank, axis, axis_size;
  int64_t sizes[SLUICE_RANK], strides[SLUICE_RANK];
} sluice_gather_elements_parameters;

/// x, indices -> y
int32_t sluice_gather_elements(const void *parameters, void *const *operands);

typedef enum sluice_scatter { SLUICE_SCATTER_NONE, SLUICE_SCATTER_ADD, SLUICE_SCATTER_MUL,
  SLUICE_SCATTER_MAX, SLUICE_SCATTER_MIN } sluice_scatter;

typedef struct sluice_scatter_parameters {
  int64_t count, element_bytes;
  /// Index rows, entries per row, elements per row's slice.
  int64_t rows, depth, length;
  int64_t sizes[SLUICE_RANK], strides[SLUICE_RANK];
  int64_t index_bytes;
} sluice_scatter_parameters;

/// x, indices, updates -> y. Without reduction every type, else every number.
sluice_kernel sluice_scatter_kernel(sluice_scatter reduction, sluice_type type);

/// One axis of a separable resampling: output o is the sum over `taps` of weight · x[index].
typedef struct sluice_resample_parameters {
  int64_t outer, input, output, inner, taps;
} sluice_resample_parameters;

/// x, indices (int64 [output, taps]), weights (float64 [output, taps]) -> y (float32)
int32_t sluice_resample(const void *parameters, void *const *operands);

/// Sets output elements whose coordinate along the axis left the input; flags (bool [output]).
typedef struct sluice_extrapolate_parameters {
  int64_t outer, output, inner;
  float value;
} sluice_extrapolate_parameters;

/// y, flags -> y (float32, in place)
int32_t sluice_extrapolate(const void *parameters, void *const *operands);

#include "sluice_dispatch.h"
#include "sluice_packed.h"
#include "sluice_products.h"
#include "sluice_recurrence.h"
#include "sluice_windows.h"
#include "sluice_library.h"
#include "sluice_packing.h"
#include "sluice_sources.h"

#endif
