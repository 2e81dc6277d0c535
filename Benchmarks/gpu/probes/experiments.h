// The experiments by name. `part` counts from 0; which part does what stands with each definition.
#ifndef PROBES_EXPERIMENTS_H
#define PROBES_EXPERIMENTS_H

#include "probe.h"

enum { FEATURE_PARTS = 22, BUILD_PARTS = 8 };

void query(int part);
void features(int part);
void launches(int part);
void residency(int part);
void exchange(int part);
void bandwidth(int part);
void matrix(int part);
void sequence(int part);
void phases(int part);
void products(int part);
void builds(int part);

extern const Experiment experiments[];
extern const int experiment_count;

#endif
