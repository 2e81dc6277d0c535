// The cell of an Elman network over the sums of wide.cl, G = 1: h' = F(t).
//
// Y(stream, at), LAST(stream, at): where h' goes; 0 where it does not.
static inline void finish(
    const VF *t, int unit, int lanes, __global float *y, __global float *last) {
  const VF value = F(t[0]);
  if (y) store_units(value, y + unit, lanes);
  if (last) store_units(value, last + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish(t, unit, lanes, Y(stream, at), LAST(stream, at))
