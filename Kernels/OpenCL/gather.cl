// Reading where other values say. An index counts from the end if negative; outside −AXIS ..< AXIS the
// step is refused and element 0 read.
//
//     y[o, j, i] = x[o, index[j], i]                               o < OUTER, j < COUNT, i < INNER
//     with ELEMENTS: y[e] = x[BASE(e) + index[e] · STEP]           e < COUNT
//
// T: an unsigned type of the element's size, TI: int or long.
void NAME(
    S0 const T *restrict x, S1 const TI *restrict indices, S2 T *restrict y,
    STATUS) {
#ifdef ELEMENTS
  FOR_EACH(e, COUNT) {
    TI from = indices[e];
#else
  FOR_EACH(e, OUTER * COUNT * INNER) {
    TI from = indices[e / INNER % COUNT];
#endif
    if (from < 0) from += AXIS;
    if (from < 0 || from >= AXIS) {
      FAIL(INDEX_OUT_OF_RANGE);
      from = 0;
    }
#ifdef ELEMENTS
    y[e] = x[BASE(e) + (int)from * STEP];
#else
    y[e] = x[(e / INNER / COUNT * AXIS + (int)from) * INNER + e % INNER];
#endif
  }
}
