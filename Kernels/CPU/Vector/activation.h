// The activations of recurrences: f(x held to ±clip), as `sluice_activate` with the functions of math.h.
#ifndef SLUICE_VECTOR_ACTIVATION_H
#define SLUICE_VECTOR_ACTIVATION_H

#include "sluice_recurrence.h"
#include "unary.h"

static vf v_activated(const sluice_activation *f, float clip, vf x) {
  x = v_max(v_set(-clip), v_min(v_set(clip), x));
  switch (f->kind) {
    case SLUICE_ACTIVATION_SIGMOID: return v_sigmoid(x);
    case SLUICE_ACTIVATION_TANH: return v_tanh(x);
    case SLUICE_ACTIVATION_RELU: return v_max(v_zero(), x);
    case SLUICE_ACTIVATION_SOFTSIGN: return x / (1.0f + v_abs(x));
    case SLUICE_ACTIVATION_SOFTPLUS: return v_softplus(x);
    case SLUICE_ACTIVATION_LEAKY_RELU: return v_select(x < 0.0f, f->alpha * x, x);
    case SLUICE_ACTIVATION_THRESHOLDED_RELU: return v_select(x < f->alpha, v_zero(), x);
    case SLUICE_ACTIVATION_ELU: return v_elu(x, f->alpha);
    case SLUICE_ACTIVATION_HARD_SIGMOID: return v_within_0_1(f->alpha * x + f->beta);
    case SLUICE_ACTIVATION_SCALED_TANH: return f->alpha * v_tanh(f->beta * x);
    default: return f->alpha * x + f->beta;
  }
}

/// The usual gates: σ first (unless `only_tanh`), then tanh everywhere, nothing clipped.
V_INLINE int v_usual(const sluice_activation *f, int64_t count, float clip, int only_tanh) {
  int usual = clip == INFINITY;
  for (int64_t i = 0; i < count; i++) {
    const int sigmoid = i == 0 && !only_tanh;
    usual &= f[i].kind == (sigmoid ? SLUICE_ACTIVATION_SIGMOID : SLUICE_ACTIVATION_TANH);
  }
  return usual;
}

#endif
