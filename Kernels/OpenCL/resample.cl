// One axis resampled from IN to OUT positions by a table of TAPS positions and weights per output:
//
//     y[o, j, i] = Σ_t weight[j, t] · x[o, position[j, t], i]      o < OUTER, j < OUT, i < INNER
//
// A position of −1 ends the list; of −2 at its beginning the result is OUTSIDE. Sums in ACC in order of t.
void NAME(
    S0 const float *restrict x, S1 const int *restrict positions, S2 const ACC *restrict weights,
    S3 float *restrict y) {
  FOR_EACH(e, OUTER * OUT * INNER) {
    const int i = e % INNER, j = e / INNER % OUT, o = e / INNER / OUT;
    ACC sum = 0;
    for (int t = j * TAPS; t < (j + 1) * TAPS && positions[t] >= 0; t++) {
      sum += weights[t] * (ACC)x[(o * IN + positions[t]) * INNER + i];
    }
    y[e] = positions[j * TAPS] == -2 ? OUTSIDE : (float)sum;
  }
}
