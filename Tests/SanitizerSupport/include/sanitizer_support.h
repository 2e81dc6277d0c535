#ifndef SANITIZER_SUPPORT_H
#define SANITIZER_SUPPORT_H

// Nothing to call: mutex.c stands in for symbols of the Swift library.

#endif
