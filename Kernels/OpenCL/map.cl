// One element after another, of any types: casts, comparisons, integer arithmetic, quantisation.
//
//     y[i] = VALUE of a = x0[INDEX0(i)], b = x1[INDEX1(i)], c = x2[INDEX2(i)]        i < N
//
// COUNT: inputs. T0, T1, T2, TY: element types. CHECK: may refuse the element (FAIL).
void NAME(
    S0 const T0 *restrict x0,
#if COUNT > 1
    S1 const T1 *restrict x1,
#endif
#if COUNT > 2
    S2 const T2 *restrict x2,
#endif
    CAT(S, COUNT) TY *restrict y, STATUS) {
  FOR_EACH(i, N) {
    const T0 a = x0[INDEX0(i)];
#if COUNT > 1
    const T1 b = x1[INDEX1(i)];
#endif
#if COUNT > 2
    const T2 c = x2[INDEX2(i)];
#endif
    CHECK
    y[i] = (TY)(VALUE);
  }
}
