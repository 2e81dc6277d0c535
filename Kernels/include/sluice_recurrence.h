// Recurrences; equations and layouts are those of Swift's `Recurrence`, `GRU`, `LSTM` and `RNN`.
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

/// L steps of M rows, I inputs, H units, D directions.
typedef struct sluice_recurrence_parameters {
  int64_t length, rows, inputs, hidden;
  /// 1 or 2.
  int64_t directions;
  /// The first direction runs from the end.
  int32_t reverse;
  /// GRU: reset after the product. LSTM: forget gate coupled to the input gate.
  int32_t option;
  /// Limit of what goes into an activation; infinity for none.
  float clip;
  /// Steps whose input products are taken at once; the workspace holds
  /// chunk·M·G·H + M·G·H + 2·M·H floats. `length` where the lengths operand is there.
  int64_t chunk;
  /// Per direction 2 (GRU), 3 (LSTM), 1 (RNN).
  sluice_activation activations[6];
} sluice_recurrence_parameters;

/// X, W, U, bias?, lengths? (int32), initial? -> Y?, last?; workspace comes last.
int32_t sluice_gru(const void *parameters, void *const *operands);
int32_t sluice_rnn(const void *parameters, void *const *operands);
/// X, W, U, bias?, lengths? (int32), initial?, initial cell?, peepholes? -> Y?, last?, last cell?,
/// workspace
int32_t sluice_lstm(const void *parameters, void *const *operands);

#endif
