// The OpenCL C files of Kernels/OpenCL as they are, in the binary.
#ifndef SLUICE_SOURCES_H
#define SLUICE_SOURCES_H

#include <stdint.h>

typedef struct sluice_source {
  /// The file's name without its ending.
  const char *name;
  /// Not terminated.
  const unsigned char *bytes;
  int64_t count;
} sluice_source;

/// File `index`, counted from 0 in the order of their names; null beyond the last one.
const sluice_source *sluice_source_at(int64_t index);

#endif
