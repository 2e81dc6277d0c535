// The second of two launches of a gated recurrent unit that resets before the product, over the sums of
// wide.cl, G = 1, A_1 = r ⊙ h: t = W_n x + b_n + c_n + U_n (r ⊙ h):
//
//     h' = z ⊙ h + (1 − z) ⊙ GATE(t)
//
// HIDDEN(stream, at), UPDATE(stream, at): [N], h and z. Y(stream, at), LAST(stream, at): where h' goes; 0
// where it does not.
static inline void finish(
    const VF *t, int unit, int lanes, __global const float *h, __global const float *update,
    __global float *y, __global float *last) {
  const VF z = load_units(update + unit, lanes);
  const VF n = GATE(t[0]);
  const VF value = fma(z, load_units(h + unit, lanes), ((VF)(1.0f) - z) * n);
  if (y) store_units(value, y + unit, lanes);
  if (last) store_units(value, last + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish( \
      t, unit, lanes, HIDDEN(stream, at), UPDATE(stream, at), Y(stream, at), LAST(stream, at))
