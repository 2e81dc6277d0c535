// How a layer's weights lie, what its cells are called and what its kernels take.
//
// CELL is one of the names below (their equations: matrix_cells.cl, sequence_cells.cl), N the
// units, outputs of a PRODUCT.
// Factors in blocks of 32 along k: those of the first row, then those of the second, each padded
// with zeros. Weights: [⌈N / 8⌉][BLOCKS][GATES][8][32] 16-bit values: unit octet · 8 + i, k = block
// · 32 + j of W or, from block BLOCKS_1 on, of U; 0 beyond. WEIGHTS: their address; 16 bytes are
// one lane's.
#define GRU_AFTER 1
#define GRU_GATES 2
#define GRU_STATE 3
#define LSTM 4
#define RNN 5
#define PRODUCT 6

// GATES: outputs of the weights a unit; SUMS: sums of a unit; SUM_OF(part, gate): which one takes
// it.
#if CELL == GRU_AFTER
#define GATES 3
#define SUMS 4
#define SUM_OF(part, gate) ((part) == 1 && (gate) == 2 ? 3 : (gate))
#else
#if CELL == LSTM
#define GATES 4
#elif CELL == GRU_GATES
#define GATES 2
#else
#define GATES 1
#endif
#define SUMS GATES
#define SUM_OF(part, gate) (gate)
#endif

#define ROW_PARAMETERS \
  __global const uchar *constants, __global uchar *input_rows, __global uchar *output_rows, \
  __global uchar *state_rows, __global uchar *crossing_rows, __global uchar *scratch_rows
#define ROW_ARGUMENTS constants, input_rows, output_rows, state_rows, crossing_rows, scratch_rows

// A stream has EACH_STREAM rows (1 if not given): row r of a launch is row r % EACH_STREAM of the stream
// at place r / EACH_STREAM of the chunk.
#ifndef EACH_STREAM
#define EACH_STREAM 1
#endif

#ifndef K2
#define K2 0
#endif
#ifndef FIRST_ROW
#define FIRST_ROW(s, r) ((__global const float *)0)
#endif
#ifndef SECOND_ROW
#define SECOND_ROW(s, r) ((__global const float *)0)
#endif
#define BLOCKS_1 (((K1) + 31) / 32)
#define BLOCKS (BLOCKS_1 + ((K2) + 31) / 32)
#define OCTET_COUNT (((N) + 7) / 8)
