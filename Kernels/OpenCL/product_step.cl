// The end of a product of one row, over the sums of wide.cl, G = 1, PARTS = 1: y = ACTIVATE(t).
//
// ACTIVATE(v, c): what is done to the VW results from column c on; `slope` is its operand, SLOPE(stream,
// at). Y(stream, at): [N].
static inline void finish(
    const VF *t, int unit, int lanes, __global const float *slope, __global float *y) {
  const VF v = t[0];
  store_units(ACTIVATE(v, unit), y + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish(t, unit, lanes, SLOPE(stream, at), Y(stream, at))
