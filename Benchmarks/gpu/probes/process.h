// One part of an experiment in a process of its own, with a time limit.
#ifndef PROBES_PROCESS_H
#define PROBES_PROCESS_H

#include "probe.h"

enum { MOST_RESULTS = 400 };

typedef struct {
  char *name, *json; // json lacks its closing brace
  double number;     // NaN for what is not a number
} Result;

typedef struct {
  Result results[MOST_RESULTS];
  int count;
  char errors[4000]; // sentences, separated by line feeds
} Outcome;

/// Runs `body(part)`; adds what it reports to `outcome`, and a sentence if it fails, crashes or
/// takes longer than `seconds`. Gives the exit status, −1 for a crash or the limit.
int run_apart(void (*body)(int part), int part, double seconds, Outcome *outcome);

#endif
