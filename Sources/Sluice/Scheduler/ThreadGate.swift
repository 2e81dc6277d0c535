import Glibc

/// Where one thread blocks until another opens the gate; an opening that comes first is not lost.
///
/// Unchecked: the system's semaphore is made for several threads.
@safe final class ThreadGate: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func open() { unsafe sem_post(semaphore) }

  func wait() {
    while unsafe sem_wait(semaphore) != 0 && errno == EINTR {}
  }
}
