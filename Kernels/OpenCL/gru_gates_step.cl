// The first of two launches of a gated recurrent unit that resets before the product, over the sums of
// wide.cl, G = 2: t = r, z:
//
//     kept h[unit] = F(t_r) ⊙ h        z[unit] = F(t_z)
//
// HIDDEN(stream, at): [N], h. RESET(stream, at), UPDATE(stream, at): [N], r ⊙ h and z, for
// gru_candidate_step.cl.
static inline void finish(
    const VF *t, int unit, int lanes, __global const float *h, __global float *reset,
    __global float *update) {
  store_units(F(t[0]) * load_units(h + unit, lanes), reset + unit, lanes);
  store_units(F(t[1]), update + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish(t, unit, lanes, HIDDEN(stream, at), RESET(stream, at), UPDATE(stream, at))
