#ifndef PROBES_TRANSFER_H
#define PROBES_TRANSFER_H

/// Output that lands in host memory, copies from pinned and pageable memory, a copy beside a
/// kernel.
void transfers(void);

#endif
