// Products whose weights were packed at load, for all ready streams in one pass of the weights:
// dense layers and recurrences. Canonical orders and the packed layout: Kernels/README.md.
//
// All kernels here are members of `sluice_vector_kernels` (sluice_dispatch.h): take them from
// `sluice_kernels()`. Strides are in elements. Everything is float32 unless said otherwise.
#ifndef SLUICE_PACKED_H
#define SLUICE_PACKED_H

#include <stdint.h>

#include "sluice_dispatch.h"
#include "sluice_recurrence.h"

/// Outputs per strip of packed weights, the same for every instruction set. Packed arrays begin at
/// multiples of 64 bytes for speed; any multiple of 4 works.
#define SLUICE_STRIP 16

// Packing, at load ----------------------------------------------------------------------------------

/// Floats of W [outputs, inputs] when packed: outputs rounded up to whole strips, times inputs.
int64_t sluice_packed_floats(int64_t outputs, int64_t inputs);

/// W[n, k] = w[n · output_stride + k · input_stride] -> packed [⌈outputs / 16⌉][inputs][16], zeros in
/// the last strip behind the last output.
void sluice_pack(
    const float *w, int64_t outputs, int64_t inputs, int64_t output_stride, int64_t input_stride,
    float *packed);

/// The recurrences; gates r, z, n / i, f, g, o / one.
typedef enum sluice_cell { SLUICE_CELL_GRU, SLUICE_CELL_LSTM, SLUICE_CELL_RNN } sluice_cell;

/// Floats of one direction's W [G·H, inputs], or of U with inputs = H, when packed.
int64_t sluice_packed_gates_floats(sluice_cell cell, int64_t hidden, int64_t inputs);

/// One direction's W: dense w [G·H, inputs] -> packed [⌈H / 16⌉][inputs][G][16]. Directions follow each
/// other in the kernels' operands.
void sluice_pack_gates(
    sluice_cell cell, const float *w, int64_t hidden, int64_t inputs, float *packed);

/// Likewise its U [G·H, H]; of a GRU without `reset_after` the gates' parts follow each other, each a
/// matrix by itself. As long as W with H inputs.
void sluice_pack_state_gates(
    sluice_cell cell, const float *u, int64_t hidden, int32_t reset_after, float *packed);

/// Floats of one direction's packed biases.
int64_t sluice_packed_bias_floats(sluice_cell cell, int64_t hidden);

/// One direction: bias [2, G·H] (of W, then of U; null for zeros) -> packed. b + c is summed here, but
/// for the candidate of a GRU that resets after the product (`reset_after`), whose two biases stay
/// apart.
void sluice_pack_bias(
    sluice_cell cell, const float *bias, int64_t hidden, int32_t reset_after, float *packed);

// Dense layers --------------------------------------------------------------------------------------

/// What follows a product: a `sluice_unary` other than SLUICE_NOT, or one of these.
enum { SLUICE_FOLLOWED_BY_NOTHING = -1, SLUICE_FOLLOWED_BY_PRELU = -2 };

typedef struct sluice_linear_parameters {
  /// Rows per stream.
  int64_t rows;
  int64_t inputs, outputs;
  int64_t x_row, x_column, y_row;
  /// A `sluice_unary` with its alpha and beta, or SLUICE_FOLLOWED_BY_….
  int32_t activation;
  float alpha, beta;
} sluice_linear_parameters;

// sluice_kernels()->linear:
//     Y[row, n] = f(bias[n] + Σ_k W[n, k] · X[row, k])
// X, W (sluice_pack), bias? [outputs], slope? [outputs] (prelu) -> Y, whose columns lie together.
// W, bias and slope are those of stream 0. No workspace. Y overlaps no operand.

// Recurrences ---------------------------------------------------------------------------------------

/// L steps of M rows a stream, I inputs, H units, D directions; as `sluice_recurrence_parameters`.
typedef struct sluice_packed_recurrence_parameters {
  int64_t length, rows, inputs, hidden;
  /// 1 or 2.
  int64_t directions;
  /// The first direction runs from the end.
  int32_t reverse;
  /// GRU: reset after the product. LSTM: forget gate coupled to the input gate.
  int32_t option;
  /// Limit of what goes into an activation; infinity for none.
  float clip;
  /// Steps whose input products are taken at once, 1 ... L: only the workspace depends on it.
  int64_t chunk;
  /// Per direction 2 (GRU), 3 (LSTM), 1 (RNN).
  sluice_activation activations[6];
  int64_t x_step, x_row, x_column;
  /// X is W x already, gates in W's order: a row of G · H for each position, `x_direction` behind that
  /// of the first direction for the second. W is not read.
  int32_t projected;
  int64_t x_direction;
  /// Of the initial hidden and cell state; units lie together.
  int64_t initial_direction, initial_row;
  /// Of the last hidden and cell state.
  int64_t last_direction, last_row;
  int64_t y_step, y_direction, y_row;
} sluice_packed_recurrence_parameters;

// sluice_kernels()->gru, ->rnn:
//     X, W (sluice_pack_gates, D of them), U (sluice_pack_state_gates, D), bias (sluice_pack_bias, D),
//     lengths? (int32 [M]), initial? -> Y?, last?; workspace comes last
// sluice_kernels()->lstm:
//     X, W, U, bias, lengths?, initial?, initial cell?, peepholes? [D, 3, H] -> Y?, last?, last cell?;
//     workspace comes last
// W, U, bias, peepholes and the workspace are those of stream 0; lengths must be there for all streams
// or for none. `last` may lie where `initial` does; no other output overlaps an input.
// SLUICE_LENGTH_OUT_OF_RANGE where an entry of lengths is not in 0 ... L.

/// Most rows that are in the workspace at once.
#define SLUICE_BATCH_ROWS 64

/// Bytes of the workspace that `streams` streams share (stream 0's operand); at a multiple of 64.
int64_t sluice_recurrence_workspace(
    sluice_cell cell, const sluice_packed_recurrence_parameters *p, int64_t streams);

// Products of two per-stream matrices ---------------------------------------------------------------

/// Y [b, rows, columns] = alpha · A [b, rows, depth] · B [b, depth, columns] + beta · C for each index
/// b of the batch axes, over which Y is dense. Every stride may be anything, 0 too.
typedef struct sluice_product_parameters {
  int64_t rows, columns, depth;
  int64_t a_row, a_column, b_row, b_column, c_row, c_column, y_row;
  float alpha, beta;
  int64_t batch_rank;
  int64_t sizes[8], a[8], b[8], c[8];
  /// Elements of Y from one batch index to the next.
  int64_t y_batch;
} sluice_product_parameters;

// sluice_kernels()->product:
//     A, B, C? -> Y, workspace
// Streams one after another, each with its own A, B, C; the workspace is stream 0's.

/// Columns of B that are packed at once.
#define SLUICE_PRODUCT_GROUP 128

/// Bytes of the workspace, the same for any number of streams; at a multiple of 64.
int64_t sluice_product_workspace(const sluice_product_parameters *p);

#endif
