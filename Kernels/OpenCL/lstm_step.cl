// The cell of a long short-term memory over the sums of wide.cl, G = 4: t = i, f, g, o:
//
//     i = F(t_i + p_i ⊙ c)    f = F(t_f + p_f ⊙ c), or 1 − i where COUPLED    c' = f ⊙ c + i ⊙ GATE(t_g)
//     o = F(t_o + p_o ⊙ c')   h' = o ⊙ OUT(c')
//
// CELL(stream, at): [N], c. PEEPHOLES(stream, at): [3, N] or 0. Y(stream, at), LAST(stream, at): where h'
// goes, LAST_CELL(stream, at) where c' goes; 0 where it does not.
static inline void finish(
    const VF *t, int unit, int lanes, __global const float *c, __global const float *peepholes,
    __global float *y, __global float *last, __global float *last_cell) {
  const VF old = load_units(c + unit, lanes);
  VF in = t[0], forget = t[1], out = t[3];
  if (peepholes) {
    in = fma(load_units(peepholes + unit, lanes), old, in);
    forget = fma(load_units(peepholes + N + unit, lanes), old, forget);
  }
  in = F(in);
  forget = COUPLED ? (VF)(1.0f) - in : F(forget);
  const VF cell = fma(forget, old, in * GATE(t[2]));
  if (peepholes) out = fma(load_units(peepholes + 2 * N + unit, lanes), cell, out);
  const VF value = F(out) * OUT(cell);
  if (y) store_units(value, y + unit, lanes);
  if (last) store_units(value, last + unit, lanes);
  if (last_cell) store_units(cell, last_cell + unit, lanes);
}
#define FINISH(t, kept, unit, lanes, stream, at) \
  finish( \
      t, unit, lanes, CELL(stream, at), PEEPHOLES(stream, at), Y(stream, at), LAST(stream, at), \
      LAST_CELL(stream, at))
