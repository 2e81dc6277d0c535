#include "network.h"

/// The index of half (k, unit, gate) in the packed weights: group, warp, slice, gate, octet,
/// lane, word.
static size_t packed_half(const Shape *s, int gate, int k, int unit) {
  const int units = s->hidden / s->groups, octets = units / 8, steps = s->hidden / 16 / s->warps;
  const int group = unit / units, octet = unit % units / 8, slice = k / 16;
  const int lane = unit % 8 * 4 + k % 8 / 2, word = k % 16 / 8;
  const size_t tile = (((size_t)group * (size_t)s->warps * (size_t)steps + (size_t)slice) * 3 +
                       (size_t)gate) * (size_t)octets + (size_t)octet;
  return ((tile * 32 + (size_t)lane) * 2 + (size_t)word) * 2 + (size_t)(k % 2);
}

static float *random_floats(size_t count, float scale, uint32_t seed) {
  float *values = malloc(count * sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = next_random(&seed) * scale;
  return values;
}

Network make_network(Shape shape) {
  const size_t h = (size_t)shape.hidden, batch = (size_t)shape.batch;
  Network n = {.shape = shape};
  n.x = random_floats((size_t)shape.input_steps * batch * 3 * h, 1.5f, 1);
  n.c = random_floats(h, 0.5f, 2);
  n.start = random_floats(batch * h, 0.9f, 3);
  n.dense = malloc(3 * h * h * 2);
  n.packed = malloc(3 * h * h * 2);
  uint32_t state = 4;
  const float scale = 2 / sqrtf((float)h);
  for (int gate = 0; gate < 3; gate++) {
    for (int k = 0; k < shape.hidden; k++) {
      for (int unit = 0; unit < shape.hidden; unit++) {
        const uint16_t bits = half_bits(next_random(&state) * scale);
        n.dense[((size_t)gate * h + (size_t)k) * h + (size_t)unit] = bits;
        ((uint16_t *)n.packed)[packed_half(&shape, gate, k, unit)] = bits;
      }
    }
  }
  return n;
}

uint32_t *exchanged_start(const Network *n, size_t *bytes) {
  const size_t words = (size_t)n->shape.hidden * 8;
  *bytes = 2 * words * 4;
  uint32_t *h = calloc(2 * words, 4);
  memset(h + words, 0xff, words * 4);
  for (int stream = 0; stream < n->shape.batch; stream++) {
    for (int k = 0; k < n->shape.hidden; k++) {
      const int lane = stream % 8 * 4 + k % 8 / 2, word = stream / 8 + k % 16 / 8 * 2;
      const size_t at = ((size_t)(k / 16) * 32 + (size_t)lane) * 4 + (size_t)word;
      const uint16_t bits = half_bits(n->start[stream * n->shape.hidden + k]);
      ((uint16_t *)h)[at * 2 + (size_t)(k % 2)] = bits;
    }
  }
  return h;
}

/// next = one step of one stream from h; sums: [3][hidden] of working space.
static void reference_step(const Network *n, const float *u, const float *x, const double *h,
                           double *next, double *sums) {
  const int size = n->shape.hidden;
  memset(sums, 0, 3 * (size_t)size * sizeof *sums);
  for (int gate = 0; gate < 3; gate++) {
    for (int k = 0; k < size; k++) {
      const double value = half_value(half_bits((float)h[k]));
      const float *row = u + ((size_t)gate * (size_t)size + (size_t)k) * (size_t)size;
      double *sum = sums + gate * size;
      for (int unit = 0; unit < size; unit++) sum[unit] += value * row[unit];
    }
  }
  for (int unit = 0; unit < size; unit++) {
    const double r = 1 / (1 + exp(-(x[unit] + sums[unit])));
    const double z = 1 / (1 + exp(-(x[size + unit] + sums[size + unit])));
    const double n_in = x[2 * size + unit] + r * (n->c[unit] + sums[2 * size + unit]);
    next[unit] = (1 - z) * tanh(n_in) + z * h[unit];
  }
}

float *reference(const Network *n, int steps) {
  const size_t size = (size_t)n->shape.hidden, batch = (size_t)n->shape.batch;
  float *u = malloc(3 * size * size * sizeof *u), *y = malloc((size_t)steps * batch * size * 4);
  for (size_t i = 0; i < 3 * size * size; i++) u[i] = half_value(n->dense[i]);
  double *h = malloc(size * 8), *next = malloc(size * 8), *sums = malloc(3 * size * 8);
  for (size_t stream = 0; stream < batch; stream++) {
    for (size_t i = 0; i < size; i++) h[i] = n->start[stream * size + i];
    for (size_t t = 0; t < (size_t)steps; t++) {
      const size_t row = (t % (size_t)n->shape.input_steps) * batch + stream;
      reference_step(n, u, n->x + row * 3 * size, h, next, sums);
      memcpy(h, next, size * 8);
      for (size_t i = 0; i < size; i++) y[(t * batch + stream) * size + i] = (float)h[i];
    }
  }
  free(u);
  free(h);
  free(next);
  free(sums);
  return y;
}
