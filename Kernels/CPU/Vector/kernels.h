// Every vector kernel and the table of one variant. A family adds its body and its members here and
// in `sluice_vector_kernels`.
#include "assemble.h"
#include "convolution.h"
#include "expression.h"
#include "gru.h"
#include "linear.h"
#include "lstm.h"
#include "normalization.h"
#include "pool.h"
#include "product.h"
#include "reduction.h"
#include "rnn.h"
#include "softmax.h"
#include "unary.h"

extern const sluice_vector_kernels SLUICE_VARIANT(sluice_kernels);
const sluice_vector_kernels SLUICE_VARIANT(sluice_kernels) = {
    .name = SLUICE_VARIANT_NAME,
    .width = SLUICE_WIDTH,
    .unary = v_unary_all,
    .expression = v_expression,
    .linear = v_linear,
    .gru = v_gru,
    .lstm = v_lstm,
    .rnn = v_rnn,
    .product = v_general_product,
    .convolution = v_convolution_kernel,
    .assemble = v_assemble,
    .layer_norm = v_layer_norm,
    .group_norm = v_group_norm,
    .batch_norm = v_batch_norm,
    .softmax = v_softmax,
    .log_softmax = v_log_softmax,
    .average_pool = v_average_pool,
    .max_pool = v_max_pool,
    .reduce =
        {
            [SLUICE_REDUCE_MEAN] = v_reduce_mean,
            [SLUICE_REDUCE_SUM] = v_reduce_sum,
            [SLUICE_REDUCE_MAX] = v_reduce_max,
            [SLUICE_REDUCE_MIN] = v_reduce_min,
            [SLUICE_REDUCE_L2] = v_reduce_l2,
        },
};
