#ifndef SLUICE_KERNELS_H
#define SLUICE_KERNELS_H
#endif
