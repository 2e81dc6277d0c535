// The activations of recurrences, as Swift's `Activation` has them.
#ifndef SLUICE_RECURRENCE_H
#define SLUICE_RECURRENCE_H

#include <stdint.h>

typedef enum sluice_activation_kind {
  SLUICE_ACTIVATION_SIGMOID, SLUICE_ACTIVATION_TANH, SLUICE_ACTIVATION_RELU,
  SLUICE_ACTIVATION_SOFTSIGN, SLUICE_ACTIVATION_SOFTPLUS, SLUICE_ACTIVATION_LEAKY_RELU,
  SLUICE_ACTIVATION_THRESHOLDED_RELU, SLUICE_ACTIVATION_ELU, SLUICE_ACTIVATION_HARD_SIGMOID,
  SLUICE_ACTIVATION_SCALED_TANH, SLUICE_ACTIVATION_AFFINE
} sluice_activation_kind;

typedef struct sluice_activation {
  sluice_activation_kind kind;
  float alpha, beta;
} sluice_activation;

#endif
