// Tells the thread sanitizer about `Synchronization.Mutex`.
//
// An uncontended lock is compiled into its user, where the sanitizer sees its atomics. A contended one
// goes through two functions of libswiftSynchronization, which is not instrumented: without the calls
// below everything that a Mutex guards would be reported as a race. The functions here come before the
// library's, because the executable's symbols do, and call them.
#include "sanitizer_support.h"

#if __has_feature(thread_sanitizer)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

extern void __tsan_acquire(void *);
extern void __tsan_release(void *);

typedef SWIFT void lock_function(uint32_t, SELF);
typedef SWIFT void unlock_function(SELF);

SWIFT void sluice_lock_slow(uint32_t value, SELF) __asm__(LOCK);
SWIFT void sluice_unlock_slow(SELF) __asm__(UNLOCK);

SWIFT void sluice_lock_slow(uint32_t value, SELF) {
  lock_function *lock = (lock_function *)dlsym(RTLD_NEXT, LOCK);
  lock(value, self);
  __tsan_acquire(self);
}

SWIFT void sluice_unlock_slow(SELF) {
  unlock_function *unlock = (unlock_function *)dlsym(RTLD_NEXT, UNLOCK);
  __tsan_release(self);
  unlock(self);
}

#endif
