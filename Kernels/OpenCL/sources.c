// The files of this folder as bytes; a test compares the table with the folder.
#include "sluice_sources.h"

#include <stddef.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char convolution_bytes[] = {
#embed "convolution.cl"
};
static const unsigned char convolution_maps_bytes[] = {
#embed "convolution_maps.cl"
};
static const unsigned char copy_bytes[] = {
#embed "copy.cl"
};
static const unsigned char exchange_bytes[] = {
#embed "exchange.cl"
};
static const unsigned char functions_bytes[] = {
#embed "functions.cl"
};
static const unsigned char gather_bytes[] = {
#embed "gather.cl"
};
static const unsigned char grid_barrier_bytes[] = {
#embed "grid_barrier.cl"
};
static const unsigned char group_norm_bytes[] = {
#embed "group_norm.cl"
};
static const unsigned char gru_bytes[] = {
#embed "gru.cl"
};
static const unsigned char gru_candidate_step_bytes[] = {
#embed "gru_candidate_step.cl"
};
static const unsigned char gru_gates_step_bytes[] = {
#embed "gru_gates_step.cl"
};
static const unsigned char gru_step_bytes[] = {
#embed "gru_step.cl"
};
static const unsigned char lanes_bytes[] = {
#embed "lanes.cl"
};
static const unsigned char largest_bytes[] = {
#embed "largest.cl"
};
static const unsigned char layer_norm_bytes[] = {
#embed "layer_norm.cl"
};
static const unsigned char lstm_bytes[] = {
#embed "lstm.cl"
};
static const unsigned char lstm_step_bytes[] = {
#embed "lstm_step.cl"
};
static const unsigned char map_bytes[] = {
#embed "map.cl"
};
static const unsigned char matrix_bytes[] = {
#embed "matrix.cl"
};
static const unsigned char matrix_cells_bytes[] = {
#embed "matrix_cells.cl"
};
static const unsigned char matrix_few_bytes[] = {
#embed "matrix_few.cl"
};
static const unsigned char matrix_layout_bytes[] = {
#embed "matrix_layout.cl"
};
static const unsigned char matrix_tile_bytes[] = {
#embed "matrix_tile.cl"
};
static const unsigned char order_bytes[] = {
#embed "order.cl"
};
static const unsigned char pool_bytes[] = {
#embed "pool.cl"
};
static const unsigned char precision_bytes[] = {
#embed "precision.cl"
};
static const unsigned char prelude_bytes[] = {
#embed "prelude.cl"
};
static const unsigned char product_bytes[] = {
#embed "product.cl"
};
static const unsigned char product_numbers_bytes[] = {
#embed "product_numbers.cl"
};
static const unsigned char product_step_bytes[] = {
#embed "product_step.cl"
};
static const unsigned char reduce_bytes[] = {
#embed "reduce.cl"
};
static const unsigned char resample_bytes[] = {
#embed "resample.cl"
};
static const unsigned char rnn_bytes[] = {
#embed "rnn.cl"
};
static const unsigned char rnn_step_bytes[] = {
#embed "rnn_step.cl"
};
static const unsigned char scan_bytes[] = {
#embed "scan.cl"
};
static const unsigned char scatter_bytes[] = {
#embed "scatter.cl"
};
static const unsigned char sequence_bytes[] = {
#embed "sequence.cl"
};
static const unsigned char sequence_cells_bytes[] = {
#embed "sequence_cells.cl"
};
static const unsigned char sequence_fma_bytes[] = {
#embed "sequence_fma.cl"
};
static const unsigned char sequence_small_bytes[] = {
#embed "sequence_small.cl"
};
static const unsigned char softmax_bytes[] = {
#embed "softmax.cl"
};
static const unsigned char stage_bytes[] = {
#embed "stage.cl"
};
static const unsigned char steps_bytes[] = {
#embed "steps.cl"
};
static const unsigned char table_copy_bytes[] = {
#embed "table_copy.cl"
};
static const unsigned char waiting_bytes[] = {
#embed "waiting.cl"
};
static const unsigned char wide_bytes[] = {
#embed "wide.cl"
};
static const unsigned char wide_quads_bytes[] = {
#embed "wide_quads.cl"
};
static const unsigned char wide_rows_bytes[] = {
#embed "wide_rows.cl"
};
static const unsigned char wide_tiles_bytes[] = {
#embed "wide_tiles.cl"
};
static const unsigned char wide_vectors_bytes[] = {
#embed "wide_vectors.cl"
};

#define SOURCE(file) {#file, file##_bytes, sizeof(file##_bytes)}
static const sluice_source sources[] = {
    SOURCE(convolution), SOURCE(convolution_maps), SOURCE(copy), SOURCE(exchange),
    SOURCE(functions), SOURCE(gather), SOURCE(grid_barrier), SOURCE(group_norm), SOURCE(gru),
    SOURCE(gru_candidate_step), SOURCE(gru_gates_step), SOURCE(gru_step), SOURCE(lanes),
    SOURCE(largest), SOURCE(layer_norm), SOURCE(lstm), SOURCE(lstm_step), SOURCE(map),
    SOURCE(matrix), SOURCE(matrix_cells), SOURCE(matrix_few), SOURCE(matrix_layout),
    SOURCE(matrix_tile), SOURCE(order), SOURCE(pool), SOURCE(precision), SOURCE(prelude),
    SOURCE(product), SOURCE(product_numbers), SOURCE(product_step), SOURCE(reduce),
    SOURCE(resample), SOURCE(rnn), SOURCE(rnn_step), SOURCE(scan), SOURCE(scatter),
    SOURCE(sequence), SOURCE(sequence_cells), SOURCE(sequence_fma), SOURCE(sequence_small),
    SOURCE(softmax), SOURCE(stage), SOURCE(steps), SOURCE(table_copy),
    SOURCE(waiting), SOURCE(wide), SOURCE(wide_quads), SOURCE(wide_rows), SOURCE(wide_tiles),
    SOURCE(wide_vectors),
};

const sluice_source *sluice_source_at(int64_t index) {
  const int64_t count = (int64_t)(sizeof(sources) / sizeof(sources[0]));
  return index >= 0 && index < count ? &sources[index] : NULL;
}
