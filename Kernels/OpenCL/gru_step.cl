// The cell of a gated recurrent unit that resets after the product, over the sums of wide.cl, G = 3,
// KEEPS: t = r, z, U_n h + c_n; kept = W_n x + b_n:
//
//     h' = z ⊙ h + (1 − z) ⊙ n      r = F(t_r)   z = F(t_z)   n = GATE(kept + r ⊙ t_n)
//
// HIDDEN(stream, at): [N], h. Y(stream, at), LAST(stream, at): where h' goes; 0 where it does not.
static inline void finish(
    const VF *t, VF kept, int unit, int lanes, __global const float *h, __global float *y,
    __global float *last) {
  const VF z = F(t[1]);
  const VF n = GATE(fma(F(t[0]), t[2], kept));
  const VF value = fma(z, load_units(h + unit, lanes), ((VF)(1.0f) - z) * n);
  if (y) store_units(value, y + unit, lanes);
  if (last) store_units(value, last + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish(t, kept, unit, lanes, HIDDEN(stream, at), Y(stream, at), LAST(stream, at))
