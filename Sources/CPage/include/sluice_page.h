// The files of Sources/CPage/page as they are, in the binary: the page that `sluice serve` shows at `/`.
#ifndef SLUICE_PAGE_H
#define SLUICE_PAGE_H

#include <stdint.h>

typedef struct sluice_page_file {
  /// With its ending.
  const char *name;
  /// Not terminated.
  const unsigned char *bytes;
  int64_t count;
} sluice_page_file;

/// File `index`, counted from 0; null beyond the last one.
const sluice_page_file *sluice_page_file_at(int64_t index);

#endif
