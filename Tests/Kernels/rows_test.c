// Compares normalisation, softmax, reductions and pools of every variant that runs here with sums in double,
// and with each other: equal bits where no exponential is in it, among those with fma also there.
//
//     clang -O2 -IKernels/include Tests/Kernels/rows_test.c Kernels/CPU/dispatch.c
//         Kernels/CPU/variant_*.c -lm -o rows_test && ./rows_test [SEED]
#include "kernel_test.h"

static const int64_t lengths[] = {1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 48, 100, 257, 528, 700};
#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

enum { MOST = 64 };

/// Runs one kernel of the table on every variant into `outputs[v]` of `count` floats each.
typedef sluice_kernel (*chooser)(void);

static void run_all(
    chooser choose, const void *p, void **operands, int output, int64_t count, float **outputs) {
  for (int v = 0; v < TEST_VARIANTS; v++) {
    outputs[v] = NULL;
    if (sluice_set_variant(test_variants[v])) continue;
    outputs[v] = test_floats(count);
    operands[output] = outputs[v];
    EXPECT(choose()(p, operands) == 0, "a kernel returned an error");
  }
}

/// Every variant's result within `bound` of the exact one, and equal to the first's from `same` on.
static void compare(
    const char *name, float **y, const double *exact, int64_t count, double bound, int same) {
  for (int v = 0; v < TEST_VARIANTS; v++) {
    for (int64_t i = 0; y[v] && i < count; i++) {
      const double e = exact[i], error = fabs(y[v][i] - e);
      EXPECT(isnan(e) ? isnan(y[v][i]) : y[v][i] == e || error <= bound * (1 + fabs(e)),
             "%s, variant %d at %lld: %.9g, expected %.17g", name, v, (long long)i, y[v][i], e);
      EXPECT(v <= same || !y[same] || test_same(y[v][i], y[same][i]),
             "%s at %lld: variant %d has %a, variant %d %a", name, (long long)i, v, y[v][i], same,
             y[same][i]);
    }
  }
  for (int v = 0; v < TEST_VARIANTS; v++) test_free(y[v]);
}

static sluice_kernel layer(void) { return sluice_kernels()->layer_norm; }
static sluice_kernel average_pool(void) { return sluice_kernels()->average_pool; }
static sluice_kernel max_pool(void) { return sluice_kernels()->max_pool; }
static sluice_kernel group(void) { return sluice_kernels()->group_norm; }
static sluice_kernel batch(void) { return sluice_kernels()->batch_norm; }
static sluice_kernel softmax(void) { return sluice_kernels()->softmax; }
static sluice_kernel log_softmax(void) { return sluice_kernels()->log_softmax; }
static int reduction;
static sluice_kernel reduce(void) { return sluice_kernels()->reduce[reduction]; }

static void moments(const float *x, int64_t n, double *mean, double *variance) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i];
  *mean = sum / (double)n;
  for (int64_t i = 0; i < n; i++) squares += (x[i] - *mean) * (x[i] - *mean);
  *variance = squares / (double)n;
}

static void check_layer(int64_t rows, int64_t length, int absent) {
  const sluice_layer_norm_parameters p = {rows, length, 1e-5f};
  const int64_t count = rows * length;
  float *x = test_floats(count), *y[3];
  float *scale = absent & 1 ? NULL : test_floats(length);
  float *bias = absent & 2 ? NULL : test_floats(length);
  float *residual = absent & 4 ? NULL : test_floats(count);
  float *means = test_floats(rows), *deviations = test_floats(rows);
  double *exact = test_memory(count * (int64_t)sizeof(double));
  for (int64_t i = 0; i < count; i++) x[i] += 3;
  for (int64_t r = 0; r < rows; r++) {
    double mean, variance;
    moments(x + r * length, length, &mean, &variance);
    for (int64_t i = 0; i < length; i++) {
      exact[r * length + i] =
          (x[r * length + i] - mean) / sqrt(variance + (double)p.epsilon) * (scale ? scale[i] : 1)
          + (bias ? bias[i] : 0) + (residual ? residual[r * length + i] : 0);
    }
  }
  void *operands[] = {x, scale, bias, residual, NULL, means, deviations};
  run_all(layer, &p, operands, 4, count, y);
  compare("layer norm", y, exact, count, 2e-7, 0);
  for (int64_t r = 0; r < rows; r++) {
    double mean, variance;
    moments(x + r * length, length, &mean, &variance);
    EXPECT(fabs(means[r] - mean) < 1e-6, "mean %g, expected %g", means[r], mean);
    const double inverse = 1 / sqrt(variance + (double)p.epsilon);
    EXPECT(fabs(deviations[r] - inverse) < 1e-6 * inverse, "deviation %g, expected %g",
           deviations[r], inverse);
  }
  test_free(x), test_free(scale), test_free(bias), test_free(residual), test_free(means), test_free(deviations), test_free(exact);
}

static void check_group(int64_t channels, int64_t spatial, int64_t groups, int per_group) {
  const sluice_group_norm_parameters p = {2, channels, spatial, groups, per_group, 1e-3f};
  const int64_t count = 2 * channels * spatial, share = channels / groups;
  float *x = test_floats(count), *y[3];
  float *scale = test_floats(channels), *bias = test_floats(channels);
  double *exact = test_memory(count * (int64_t)sizeof(double));
  for (int64_t i = 0; i < count; i++) {
    const int64_t g = i / (share * spatial), c = i / spatial % channels;
    const int64_t index = per_group ? c / share : c;
    double mean, variance;
    moments(x + g * share * spatial, share * spatial, &mean, &variance);
    exact[i] = (x[i] - mean) / sqrt(variance + (double)p.epsilon) * scale[index] + bias[index];
  }
  void *operands[] = {x, scale, bias, NULL};
  run_all(group, &p, operands, 3, count, y);
  compare("group norm", y, exact, count, 2e-7, 0);
  test_free(x), test_free(scale), test_free(bias), test_free(exact);
}

static void check_batch(int64_t channels, int64_t spatial) {
  const sluice_batch_norm_parameters p = {2, channels, spatial, 1e-5f};
  const int64_t count = 2 * channels * spatial;
  float *x = test_floats(count), *y[3], *of_channel[4];
  double *exact = test_memory(count * (int64_t)sizeof(double));
  for (int k = 0; k < 4; k++) of_channel[k] = test_floats(channels);
  for (int64_t c = 0; c < channels; c++) of_channel[3][c] = fabsf(of_channel[3][c]) + 0.1f;
  for (int64_t i = 0; i < count; i++) {
    const int64_t c = i / spatial % channels;
    exact[i] = (x[i] - of_channel[2][c]) / sqrt((double)of_channel[3][c] + (double)p.epsilon) *
                   of_channel[0][c] + of_channel[1][c];
  }
  void *operands[] = {x, of_channel[0], of_channel[1], of_channel[2], of_channel[3], NULL};
  run_all(batch, &p, operands, 5, count, y);
  compare("batch norm", y, exact, count, 1e-6, 0);
  for (int k = 0; k < 4; k++) test_free(of_channel[k]);
  test_free(x), test_free(exact);
}

static void check_softmax(int64_t outer, int64_t length, int64_t inner, int special) {
  const sluice_lines_parameters p = {outer, length, inner};
  const int64_t count = outer * length * inner;
  float *x = test_floats(count), *y[3];
  double *exact = test_memory(count * (int64_t)sizeof(double));
  double *logarithm = test_memory(count * (int64_t)sizeof(double));
  for (int64_t i = 0; i < count; i++) x[i] = x[i] * 30 + 5;
  if (special) x[test_below(count)] = special == 1 ? NAN : -INFINITY;
  for (int64_t line = 0; line < outer * inner; line++) {
    const int64_t start = line / inner * length * inner + line % inner;
    double top = -INFINITY, sum = 0;
    for (int64_t i = 0; i < length; i++) top = fmax(top, x[start + i * inner]);
    for (int64_t i = 0; i < length; i++) sum += exp(x[start + i * inner] - top);
    for (int64_t i = 0; i < length; i++) {
      const double d = x[start + i * inner] - top;
      exact[start + i * inner] = exp(d) / sum;
      logarithm[start + i * inner] = d - log(sum);
    }
  }
  void *operands[] = {x, NULL};
  run_all(softmax, &p, operands, 1, count, y);
  compare("softmax", y, exact, count, 3e-7, 1);
  run_all(log_softmax, &p, operands, 1, count, y);
  compare("log softmax", y, logarithm, count, 3e-7, 1);
  test_free(x), test_free(exact), test_free(logarithm);
}

static double reduced(const float *x, const sluice_reduce_parameters *p, int64_t count) {
  double sum = 0, squares = 0, top = -INFINITY, bottom = INFINITY;
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i, at = 0;
    for (int64_t d = p->reduced_rank - 1; d >= 0; d--) {
      at += rest % p->reduced_sizes[d] * p->reduced_strides[d];
      rest /= p->reduced_sizes[d];
    }
    const double value = x[at];
    sum += value;
    squares += value * value;
    top = value > top || isnan(value) ? value : top;
    bottom = value < bottom || isnan(value) ? value : bottom;
    if (isnan(value)) return NAN;
  }
  switch (reduction) {
    case SLUICE_REDUCE_MEAN: return sum / (double)count;
    case SLUICE_REDUCE_SUM: return sum;
    case SLUICE_REDUCE_MAX: return top;
    case SLUICE_REDUCE_MIN: return bottom;
    case SLUICE_REDUCE_L2: return sqrt(squares);
    default: return squares / (double)count;
  }
}

/// Up to four axes in random order of memory, each kept or reduced.
static void check_reduction(void) {
  sluice_reduce_parameters p = {0};
  const int64_t rank = 1 + test_below(4);
  int64_t step = 1, outputs = 1, count = 1;
  for (int64_t d = 0; d < rank; d++) {
    const int64_t size = lengths[test_below(rank > 2 ? 8 : 12)];
    if (test_below(2)) {
      for (int64_t k = p.kept_rank++; k > 0; k--) {
        p.kept_sizes[k] = p.kept_sizes[k - 1], p.kept_strides[k] = p.kept_strides[k - 1];
      }
      p.kept_sizes[0] = size, p.kept_strides[0] = step;
      outputs *= size;
    } else {
      for (int64_t k = p.reduced_rank++; k > 0; k--) {
        p.reduced_sizes[k] = p.reduced_sizes[k - 1], p.reduced_strides[k] = p.reduced_strides[k - 1];
      }
      p.reduced_sizes[0] = size, p.reduced_strides[0] = step;
      count *= size;
    }
    step *= size;
  }
  float *x = test_floats(step), *y[3];
  if (test_below(5) == 0) x[test_below(step)] = NAN;
  double *exact = test_memory(outputs * (int64_t)sizeof(double));
  for (int64_t o = 0; o < outputs; o++) {
    int64_t rest = o, at = 0;
    for (int64_t d = p.kept_rank - 1; d >= 0; d--) {
      at += rest % p.kept_sizes[d] * p.kept_strides[d];
      rest /= p.kept_sizes[d];
    }
    exact[o] = reduced(x + at, &p, count);
  }
  void *operands[] = {x, NULL};
  run_all(reduce, &p, operands, 1, outputs, y);
  compare("reduction", y, exact, outputs, 6.1e-8, 0);
  test_free(x), test_free(exact);
}

/// What an average (or maximum) takes at one output: the taps along three axes, one by one.
static double pooled(const sluice_pool_parameters *p, const float *x, int64_t o, int average) {
  const sluice_window *w = p->axes;
  const int64_t at[3] = {
      o / w[2].output / w[1].output, o / w[2].output % w[1].output, o % w[2].output};
  double sum = 0, top = -INFINITY;
  int64_t inside = 0, padded = 0;
  for (int64_t tap = 0; tap < w[0].kernel * w[1].kernel * w[2].kernel; tap++) {
    const int64_t k[3] = {
        tap / w[2].kernel / w[1].kernel, tap / w[2].kernel % w[1].kernel, tap % w[2].kernel};
    int64_t offset = 0;
    int within = 1, reached = 1;
    for (int d = 0; d < 3; d++) {
      const int64_t i = at[d] * w[d].stride + k[d] * w[d].dilation - w[d].begin;
      within &= i >= 0 && i < w[d].input;
      reached &= i < w[d].input + w[d].end;
      offset = offset * w[d].input + i;
    }
    padded += reached;
    if (!within) continue;
    inside++;
    sum += x[offset];
    top = x[offset] > top || isnan(x[offset]) ? x[offset] : top;
    if (isnan(top)) return NAN;
  }
  const int64_t count = p->count_include_pad ? padded : inside;
  return average ? sum / (double)(count > 0 ? count : 1) : top;
}

static void check_pool(void) {
  sluice_pool_parameters p = {.planes = 1 + test_below(3), .count_include_pad = test_below(2) == 0};
  for (int d = 0; d < 3; d++) {
    sluice_window *w = &p.axes[d];
    *w = (sluice_window){1, 1, 1, 1, 1, 0, 0};
    if (test_below(3) == 0) continue;
    *w = (sluice_window){1 + test_below(d == 2 ? 300 : 9), 0, 1 + test_below(4), 1 + test_below(3),
                         1 + test_below(2), test_below(3), test_below(3)};
    const int64_t reach = (w->kernel - 1) * w->dilation;
    if (w->input + w->begin + w->end <= reach) w->input = reach + 1;
    w->output = (w->input + w->begin + w->end - reach - 1) / w->stride + 1;
  }
  const int64_t inputs = p.axes[0].input * p.axes[1].input * p.axes[2].input;
  const int64_t outputs = p.axes[0].output * p.axes[1].output * p.axes[2].output;
  float *x = test_floats(p.planes * inputs), *y[3];
  double *exact = test_memory(p.planes * outputs * (int64_t)sizeof(double));
  if (test_below(4) == 0) x[test_below(p.planes * inputs)] = NAN;
  for (int average = 0; average < 2; average++) {
    for (int64_t o = 0; o < p.planes * outputs; o++) {
      exact[o] = pooled(&p, x + o / outputs * inputs, o % outputs, average);
    }
    void *operands[] = {x, NULL, NULL};
    run_all(average ? average_pool : max_pool, &p, operands, 1, p.planes * outputs, y);
    compare(average ? "average pool" : "max pool", y, exact, p.planes * outputs, 6.1e-8, 0);
  }
  test_free(x), test_free(exact);
}

int main(int argc, char **argv) {
  int64_t cases = 0;
  test_begin(argc, argv);
  for (int64_t i = 0; i < COUNT(lengths); i++) {
    for (int absent = 0; absent < 8; absent++, cases++) check_layer(3, lengths[i], absent);
    for (int64_t groups = 1; groups <= 6; groups++, cases++) {
      check_group(groups * (1 + groups % 3), lengths[i] % 101, groups, groups % 2);
    }
    check_batch(5, lengths[i]);
    for (int special = 0; special < 3; special++, cases += 3) {
      check_softmax(1 + test_below(11), lengths[i], 1, special);
      check_softmax(2, lengths[i], 1 + test_below(40), special);
      check_softmax(5, 1 + test_below(40), lengths[i], special);
    }
  }
  for (int i = 0; i < 3000; i++, cases++) {
    reduction = (int)test_below(SLUICE_REDUCTION_COUNT);
    check_reduction();
  }
  for (int i = 0; i < 500; i++, cases += 2) check_pool();
  return test_end("rows", cases);
}
