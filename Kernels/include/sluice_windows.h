// Direct convolutions, chains of element-wise operators in one pass, and pieces put together: float32
// kernels of the table `sluice_vector_kernels` (sluice_dispatch.h) with their parameters.
#ifndef SLUICE_WINDOWS_H
#define SLUICE_WINDOWS_H

#include <stdint.h>

#include "sluice_packed.h"
#include "sluice_products.h"

// Convolution -------------------------------------------------------------------------------------

/// Convolution or transposed convolution, Y = activation(bias + Σ W · X). X and Y lie anywhere: strides
/// in elements, positive, negative or 0; Y's may not overlap. Axes outermost first, unused ones with
/// one position and one tap. Transposed: as `WindowGeometry` has it, input position i, tap k goes to
/// output i · stride + k · dilation − begin.
typedef struct sluice_convolution_parameters {
  int64_t batch, input_channels, output_channels, groups;
  sluice_window axes[3];
  int64_t x_batch, x_channel, x_axes[3];
  int64_t y_batch, y_channel, y_axes[3];
  int32_t transposed;
  /// A `sluice_unary` with its alpha and beta, or SLUICE_FOLLOWED_BY_….
  int32_t activation;
  float alpha, beta;
  /// SLUICE_FOLLOWED_BY_PRELU: numbers in the slope operand, 1 or `output_channels`.
  int64_t slopes;
} sluice_convolution_parameters;

/// What follows a convolution beside what may follow a product: x · σ(x).
enum { SLUICE_FOLLOWED_BY_SILU = -3 };

// sluice_kernels()->convolution:
//     X, W (sluice_convolution_pack), bias? [O], slope? [slopes], workspace? -> Y
// Y overlaps no operand. The workspace may be absent where `sluice_convolution_workspace` is 0; it and W
// lie at multiples of 64.

/// How the vectors of a convolution run: a choice by sizes, which changes no bit of the result.
typedef enum sluice_convolution_form {
  /// Along output positions; what is left of a row is a vector in part.
  SLUICE_ALONG_POSITIONS,
  /// Along output positions; what is left of a row runs along output channels.
  SLUICE_ALONG_BOTH,
  /// Along the output channels of a group.
  SLUICE_ALONG_CHANNELS,
  /// Along the groups: one channel in and out each, few positions or none that lie together.
  SLUICE_ALONG_GROUPS
} sluice_convolution_form;

/// The form for vectors of `width` floats (`sluice_kernels()->width`).
sluice_convolution_form sluice_convolution_choice(
    const sluice_convolution_parameters *p, int64_t width);
/// "along positions", …
const char *sluice_convolution_form_name(sluice_convolution_form form);

/// Multiply-adds of one call, those with padding included.
int64_t sluice_convolution_products(const sluice_convolution_parameters *p);
/// Estimated nanoseconds of one call on a core of 2.8 GHz: what a choice between this kernel and a
/// matrix product compares.
double sluice_convolution_estimate(const sluice_convolution_parameters *p, int64_t width);

/// Floats of the packed weights; the same for every variant.
int64_t sluice_convolution_packed_count(const sluice_convolution_parameters *p);
/// Packs W, [O, I/g, taps…], transposed [I, O/g, taps…], to a multiple of 64 bytes. Where inputs lie is
/// packed with them: sizes and strides must be those of the call, which returns
/// SLUICE_INDEX_OUT_OF_RANGE where X's strides are not.
void sluice_convolution_pack(
    const sluice_convolution_parameters *p, const float *weights, float *packed);
/// Bytes of workspace, for every variant; may be 0.
int64_t sluice_convolution_workspace(const sluice_convolution_parameters *p);

// Element by element ------------------------------------------------------------------------------

enum {
  SLUICE_EXPRESSION_INPUTS = 8,
  SLUICE_EXPRESSION_OUTPUTS = 4,
  SLUICE_EXPRESSION_STEPS = 32,
  /// Codes of steps: a `sluice_unary` other than SLUICE_NOT; this + ADD, SUB, MUL, DIV, POW, MIN,
  /// MAX, PRELU of `sluice_binary`; or one of the rest.
  SLUICE_STEP_BINARY = 64,
  /// alpha
  SLUICE_STEP_CONSTANT = 128,
  /// min(max(a, alpha), beta); NaN stays.
  SLUICE_STEP_CLIP = 129,
  /// a · σ(a)
  SLUICE_STEP_SILU = 130,
  /// a · a
  SLUICE_STEP_SQUARE = 131,
  /// alpha · a + beta: the product is rounded, then the sum.
  SLUICE_STEP_AFFINE = 132
};

/// Value `inputs + s` is what step s makes of the values a and b, which come before it.
typedef struct sluice_expression_step {
  int32_t code;
  int32_t a, b;
  float alpha, beta;
} sluice_expression_step;

/// A chain of element-wise operators over float32 in one pass. `rank` is at least 1; axes are merged
/// by the caller; strides in elements, 0 along repeated axes. Products and sums are never fused.
/// Operands: inputs, then outputs. An output may lie exactly over an input with the same strides
/// unless some output's value is an input itself.
typedef struct sluice_expression_parameters {
  int64_t rank;
  int64_t sizes[8];
  int32_t inputs, outputs, steps;
  /// The value that output j is.
  int32_t results[SLUICE_EXPRESSION_OUTPUTS];
  int64_t input_strides[SLUICE_EXPRESSION_INPUTS][8];
  int64_t output_strides[SLUICE_EXPRESSION_OUTPUTS][8];
  sluice_expression_step step[SLUICE_EXPRESSION_STEPS];
} sluice_expression_parameters;

// Movement ----------------------------------------------------------------------------------------

enum { SLUICE_PIECES = 16, SLUICE_PIECE_FILL = -1 };

/// A box of the target: offsets and strides in elements, `rank` at least 1, axes merged by the caller.
typedef struct sluice_piece {
  /// The operand it is copied from, or SLUICE_PIECE_FILL.
  int64_t source;
  int64_t source_offset, target_offset;
  int64_t rank;
  int64_t sizes[8], source_strides[8], target_strides[8];
  /// The element of a fill, in the low bytes.
  uint64_t fill;
} sluice_piece;

/// Up to 16 boxes put into one target, in order. Operands: `sources` of them, then the target, which
/// none of them may overlap. `element_bytes` 1, 2, 4 or 8.
typedef struct sluice_assemble_parameters {
  int64_t element_bytes, sources, count;
  sluice_piece pieces[SLUICE_PIECES];
} sluice_assemble_parameters;

#endif
