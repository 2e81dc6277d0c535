#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// Calls of malloc, calloc, realloc and the aligned forms in this process so far, by any thread and any
/// library; 0 under a sanitizer, which has its own.
long allocation_count(void);

#endif
