// Compares `convolution` on every variant that runs here with a scalar sum in the canonical order
// (Kernels/README.md): equal bits, fused where the variant has fma; and with a sum in double.
//
//     clang -O2 -IKernels/include -IKernels/CPU Tests/Kernels/convolution_test.c Kernels/CPU/dispatch.c
//         Kernels/CPU/direct_convolution.c Kernels/CPU/convolution_plan.c
//         Kernels/CPU/variant_*.c -lm -o convolution_test
//     ./convolution_test [SEED]
#include "kernel_test.h"

#pragma STDC FP_CONTRACT OFF

enum { CASES = 3000, LARGEST = 40000 };

static const int32_t activations[] = {SLUICE_FOLLOWED_BY_NOTHING, SLUICE_RELU, SLUICE_LEAKY_RELU,
                                      SLUICE_FOLLOWED_BY_PRELU, SLUICE_FOLLOWED_BY_SILU,
                                      SLUICE_TANH};
static int64_t forms[4];

static int64_t pick(const int64_t *from, int64_t count) { return from[test_below(count)]; }

static void choose_axis(sluice_window *w, int transposed, int64_t longest) {
  static const int64_t kernels[] = {1, 1, 2, 3, 5, 8}, strides[] = {1, 1, 1, 2, 3, 4};
  w->kernel = pick(kernels, 6);
  w->stride = pick(strides, 6);
  w->dilation = 1 + test_below(3);
  const int64_t reach = (w->kernel - 1) * w->dilation;
  w->begin = test_below(2) ? test_below(reach + 2) : 0;
  w->end = test_below(2) ? test_below(reach + 2) : 0;
  w->input = 1 + test_below(longest);
  if (transposed) {
    w->output = (w->input - 1) * w->stride + reach + 1 - w->begin - w->end;
    if (w->output < 1) w->begin = w->end = 0, w->output = (w->input - 1) * w->stride + reach + 1;
  } else {
    if (w->input + w->begin + w->end < reach + 1) w->input = reach + 1;
    w->output = (w->input + w->begin + w->end - reach - 1) / w->stride + 1;
  }
}

/// Strides over channels and three axes: dense, with gaps, or channels innermost.
static int64_t choose_layout(
    int64_t batch, int64_t channels, const int64_t *sizes, int64_t *n, int64_t *c, int64_t *axes) {
  const int64_t kind = test_below(4), gap = kind == 1 ? 1 + test_below(3) : 0;
  int64_t step = kind == 2 ? channels : kind == 1 ? 1 + test_below(2) : 1;
  if (kind == 2) *c = 1;
  for (int d = 2; d >= 0; d--) {
    axes[d] = step;
    step = step * sizes[d] + gap;
  }
  if (kind != 2) *c = step, step = step * channels + gap;
  *n = step;
  int64_t last = (batch - 1) * *n + (channels - 1) * *c;
  for (int d = 0; d < 3; d++) last += (sizes[d] - 1) * axes[d];
  return last + 1;
}

static void choose(sluice_convolution_parameters *p, int64_t spans[2]) {
  static const int64_t widths[] = {1, 2, 3, 5, 8, 13, 16, 17, 24, 33};
  const int64_t groups[] = {1, 1, 1, 2, 3}, axes = 1 + test_below(3);
  memset(p, 0, sizeof *p);
  p->transposed = test_below(3) == 0;
  p->batch = 1 + test_below(2);
  p->groups = groups[test_below(5)];
  int64_t inputs = 1 + test_below(9), maps = pick(widths, 10);
  if (test_below(4) == 0) p->groups = 1 + test_below(40), inputs = maps = 1;
  p->input_channels = p->groups * inputs;
  p->output_channels = p->groups * maps;
  int64_t x_sizes[3], y_sizes[3];
  for (int d = 0; d < 3; d++) {
    p->axes[d] = (sluice_window){1, 1, 1, 1, 1, 0, 0};
    if (d >= 3 - axes) choose_axis(&p->axes[d], p->transposed, d == 2 ? 70 : axes == 2 ? 12 : 5);
    x_sizes[d] = p->axes[d].input;
    y_sizes[d] = p->axes[d].output;
  }
  spans[0] = choose_layout(
      p->batch, p->input_channels, x_sizes, &p->x_batch, &p->x_channel, p->x_axes);
  if (test_below(20) == 0) p->x_channel = 0;
  spans[1] = choose_layout(
      p->batch, p->output_channels, y_sizes, &p->y_batch, &p->y_channel, p->y_axes);
  p->activation = activations[test_below(6)];
  p->alpha = 0.3f;
  p->slopes = p->activation == SLUICE_FOLLOWED_BY_PRELU
                  ? (test_below(2) ? 1 : p->output_channels) : 0;
}

/// The input of output o and tap k along an axis; 0 if there is none.
static int reads(const sluice_window *w, int transposed, int64_t o, int64_t k, int64_t *input) {
  if (!transposed) {
    *input = o * w->stride + k * w->dilation - w->begin;
    return 1;
  }
  const int64_t n = o + w->begin - k * w->dilation;
  *input = n / w->stride;
  if (n < 0) *input = -1;
  return n % w->stride == 0;
}

typedef struct {
  double exact, size;
  float fused, rounded;
} sum;

static void add(sum *s, float w, float x) {
  s->exact += (double)w * x;
  s->size += fabs((double)w * x);
  s->fused = fmaf(w, x, s->fused);
  s->rounded = s->rounded + w * x;
}

static sum sum_at(
    const sluice_convolution_parameters *p, const float *x, const float *weights, float bias,
    int64_t m, const int64_t *o) {
  const int64_t inputs = p->input_channels / p->groups, maps = p->output_channels / p->groups;
  const sluice_window *a = p->axes;
  const int64_t taps = a[0].kernel * a[1].kernel * a[2].kernel;
  sum s = {bias, fabs(bias), bias, bias};
  for (int64_t c = 0; c < inputs; c++) {
    const int64_t channel = m / maps * inputs + c;
    for (int64_t tap = 0; tap < taps; tap++) {
      const int64_t k[3] = {
          tap / a[2].kernel / a[1].kernel, tap / a[2].kernel % a[1].kernel, tap % a[2].kernel};
      int64_t at = channel * p->x_channel, i;
      int inside = 1, meets = 1;
      for (int d = 0; d < 3; d++) {
        meets &= reads(&a[d], p->transposed, o[d], k[d], &i);
        inside &= i >= 0 && i < a[d].input;
        at += i * p->x_axes[d];
      }
      if (!meets) continue;
      const float w = p->transposed ? weights[(channel * maps + m % maps) * taps + tap]
                                    : weights[(m * inputs + c) * taps + tap];
      add(&s, w, inside ? x[at] : 0);
    }
  }
  return s;
}

static double activated(const sluice_convolution_parameters *p, double x, float slope) {
  switch (p->activation) {
    case SLUICE_RELU: return x > 0 ? x : 0;
    case SLUICE_LEAKY_RELU: return x < 0 ? p->alpha * x : x;
    case SLUICE_FOLLOWED_BY_PRELU: return x < 0 ? slope * x : x;
    case SLUICE_FOLLOWED_BY_SILU: return x / (1 + exp(-x));
    case SLUICE_TANH: return tanh(x);
    default: return x;
  }
}

typedef struct {
  const sluice_convolution_parameters *p;
  float *x, *w, *bias, *slope, *fused, *rounded;
  double *exact, *bound;
} twin;

/// The expected values of every output.
static void compute(const twin *t) {
  const sluice_convolution_parameters *p = t->p;
  const sluice_window *a = p->axes;
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t m = 0; m < p->output_channels; m++) {
      for (int64_t i = 0; i < a[0].output * a[1].output * a[2].output; i++) {
        const int64_t o[3] = {
            i / a[2].output / a[1].output, i / a[2].output % a[1].output, i % a[2].output};
        const int64_t at = n * p->y_batch + m * p->y_channel + o[0] * p->y_axes[0] +
                           o[1] * p->y_axes[1] + o[2] * p->y_axes[2];
        const sum s =
            sum_at(p, t->x + n * p->x_batch, t->w, t->bias ? t->bias[m] : 0, m, o);
        const float slope = t->slope ? t->slope[p->slopes > 1 ? m : 0] : 0;
        t->exact[at] = activated(p, s.exact, slope);
        t->bound[at] = 1e-6 + s.size * 4e-5;
        t->fused[at] = (float)activated(p, s.fused, slope);
        t->rounded[at] = (float)activated(p, s.rounded, slope);
      }
    }
  }
}

static void check_variant(const twin *t, const float *start, int64_t span) {
  const sluice_convolution_parameters *p = t->p;
  const int smooth =
      p->activation == SLUICE_TANH || p->activation == SLUICE_FOLLOWED_BY_SILU;
  const int fused = strcmp(sluice_variant_name(), "baseline") != 0;
  float *packed = test_memory(sluice_convolution_packed_count(p) * (int64_t)sizeof(float));
  float *y = test_copy(start, span);
  char *workspace = test_memory(sluice_convolution_workspace(p));
  sluice_convolution_pack(p, t->w, packed);
  void *operands[] = {t->x, packed, t->bias, t->slope, workspace, y};
  const sluice_convolution_form form = sluice_convolution_choice(p, sluice_kernels()->width);
  forms[form]++;
  EXPECT(sluice_kernels()->convolution(p, operands) == 0, "convolution returned an error");
  for (int64_t i = 0; i < span; i++) {
    const float expected = fused ? t->fused[i] : t->rounded[i];
    const int ok = isnan(t->exact[i]) ? test_same(y[i], start[i])
                   : smooth           ? fabs(y[i] - expected) <= 1e-6 + 1e-6 * fabs(expected)
                                      : test_same(y[i], expected);
    EXPECT(ok && (isnan(t->exact[i]) || fabs(y[i] - t->exact[i]) <= t->bound[i]),
           "%s, %s, activation %d, %lld -> %lld channels, %lld groups, %lld positions, at %lld: %a, "
           "expected %a (%a)",
           sluice_convolution_form_name(form), p->transposed ? "transposed" : "plain",
           p->activation, (long long)p->input_channels, (long long)p->output_channels,
           (long long)p->groups, (long long)p->axes[2].output, (long long)i, y[i], expected,
           t->exact[i]);
  }
  test_free(packed), test_free(y), test_free(workspace);
}

static void check(void) {
  sluice_convolution_parameters p;
  int64_t spans[2];
  do {
    choose(&p, spans);
  } while (sluice_convolution_products(&p) > LARGEST);
  const int64_t weights = p.input_channels * p.output_channels / p.groups * p.axes[0].kernel *
                          p.axes[1].kernel * p.axes[2].kernel;
  const int64_t bytes = spans[1] * (int64_t)sizeof(double);
  twin t = {&p, test_floats(spans[0]), test_floats(weights), NULL, NULL, NULL, NULL,
            test_memory(bytes), test_memory(bytes)};
  float *start = test_floats(spans[1]);
  if (test_below(4)) t.bias = test_floats(p.output_channels);
  if (p.slopes) t.slope = test_floats(p.slopes);
  t.fused = test_copy(start, spans[1]);
  t.rounded = test_copy(start, spans[1]);
  for (int64_t i = 0; i < spans[1]; i++) t.exact[i] = NAN;
  compute(&t);
  for (int v = 0; v < TEST_VARIANTS; v++) {
    if (sluice_set_variant(test_variants[v]) == 0) check_variant(&t, start, spans[1]);
  }
  test_free(t.x), test_free(t.w), test_free(t.bias), test_free(t.slope), test_free(t.fused), test_free(t.rounded);
  test_free(t.exact), test_free(t.bound), test_free(start);
}

int main(int argc, char **argv) {
  test_begin(argc, argv);
  for (int i = 0; i < CASES; i++) check();
  for (int form = 0; form < 4; form++) {
    const char *name = sluice_convolution_form_name((sluice_convolution_form)form);
    printf("%s: %lld\n", name, (long long)forms[form]);
    EXPECT(forms[form] > 50, "few cases ran %s", name);
  }
  return test_end("convolution", CASES);
}
