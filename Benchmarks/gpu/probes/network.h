// E7's network: a gated recurrent unit with random weights, in the layouts of sequence.cl, and its
// outputs in double.
#ifndef PROBES_NETWORK_H
#define PROBES_NETWORK_H

#include "probe.h"

typedef struct {
  int hidden, groups, items, warps, batch, input_steps;
} Shape;

typedef struct {
  Shape shape;
  float *x;        // [input_steps][batch][3][hidden], read in a circle
  uint16_t *dense; // [3][hidden k][hidden unit]
  uint32_t *packed;
  float *c, *start; // [hidden], [batch][hidden]
} Network;

Network make_network(Shape shape);

/// The half words of the start in mma's order, then the second copy with all tags set.
uint32_t *exchanged_start(const Network *network, size_t *bytes);

/// [steps][batch][hidden]; products take h rounded to halves, as the kernels exchange it.
float *reference(const Network *network, int steps);

#endif
