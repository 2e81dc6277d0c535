// E10's source text: a region kernel like those generated from a network's plan.
#ifndef PROBES_GENERATED_H
#define PROBES_GENERATED_H

enum { GENERATED_ARENA = 5280, GENERATED_WEIGHTS = 8192 };

/// `kernels` kernels part0, part1, …(w, scratch) that carry one stream through `phases` phases in
/// turn: pointwise and causal convolutions, normalisations, recurrences over 33 bands, gates. One
/// group of `items`; the arena of GENERATED_ARENA floats lies in local memory and goes through
/// `scratch` from one kernel to the next. The caller frees the text. `number` makes it unlike any
/// other.
char *generated_source(int phases, int kernels, int items, long number);

#endif
