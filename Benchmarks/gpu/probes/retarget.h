#ifndef PROBES_RETARGET_H
#define PROBES_RETARGET_H

/// Whether the PTX that the driver made can be rewritten for sm_90a and loaded again with a wgmma
/// in it.
void retarget(void);

#endif
