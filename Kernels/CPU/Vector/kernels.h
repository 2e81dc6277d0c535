// Every vector kernel and the table of one variant. A family adds its body and its members here and
// in `sluice_vector_kernels`.
#include "convolution.h"
#include "expression.h"
#include "gru.h"
#include "linear.h"
#include "lstm.h"
#include "product.h"
#include "rnn.h"
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
};
