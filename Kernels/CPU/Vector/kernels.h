// Every vector kernel and the table of one variant. A family adds its body and its members here and
// in `sluice_vector_kernels`.
#include "expression.h"
#include "unary.h"

extern const sluice_vector_kernels SLUICE_VARIANT(sluice_kernels);
const sluice_vector_kernels SLUICE_VARIANT(sluice_kernels) = {
    .name = SLUICE_VARIANT_NAME,
    .width = SLUICE_WIDTH,
    .unary = v_unary_all,
    .expression = v_expression,
};
