// The .cl files of this folder, as bytes.
#include "probe.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bandwidth_bytes[] = {
#embed "bandwidth.cl"
};
static const unsigned char exchange_bytes[] = {
#embed "exchange.cl"
};
static const unsigned char features_bytes[] = {
#embed "features.cl"
};
static const unsigned char launch_bytes[] = {
#embed "launch.cl"
};
static const unsigned char matrix_bytes[] = {
#embed "matrix.cl"
};
static const unsigned char phases_bytes[] = {
#embed "phases.cl"
};
static const unsigned char prelude_bytes[] = {
#embed "prelude.cl"
};
static const unsigned char product_fma_bytes[] = {
#embed "product_fma.cl"
};
static const unsigned char product_mma_bytes[] = {
#embed "product_mma.cl"
};
static const unsigned char residency_bytes[] = {
#embed "residency.cl"
};
static const unsigned char retarget_bytes[] = {
#embed "retarget.cl"
};
static const unsigned char sequence_bytes[] = {
#embed "sequence.cl"
};

#define SOURCE(name) {#name ".cl", name##_bytes, sizeof name##_bytes}

const struct Source sources[] = {
    SOURCE(bandwidth),
    SOURCE(exchange),
    SOURCE(features),
    SOURCE(launch),
    SOURCE(matrix),
    SOURCE(phases),
    SOURCE(prelude),
    SOURCE(product_fma),
    SOURCE(product_mma),
    SOURCE(residency),
    SOURCE(retarget),
    SOURCE(sequence),
    {NULL, NULL, 0},
};
