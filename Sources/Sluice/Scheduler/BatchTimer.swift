import Glibc

/// The thread of a lane with a `maximumDelay`: it sleeps until the oldest frame has waited long
/// enough and runs the step that is due then.
///
/// A thread and not a task: while callers block all threads that tasks run on, no task would wake them.
/// Unchecked: `mutex` guards what changes.
@safe final class BatchTimer: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  /// When to look, by `now`; nil to sleep until told.
  private var deadline: Duration?
  private var isOver = false

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe condition = .allocate(capacity: 1)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Time since a fixed moment, by `CLOCK_MONOTONIC`.
  var now: Duration {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
    return .seconds(moment.tv_sec) + .nanoseconds(moment.tv_nsec)
  }

  /// Frames wait until `deadline` at the latest.
  func expect(_ deadline: Duration) {
    locked {
      if let known = self.deadline, known <= deadline { return }
      self.deadline = deadline
      unsafe pthread_cond_signal(condition)
    }
  }

  /// Ends the thread.
  func stop() {
    locked {
      isOver = true
      unsafe pthread_cond_signal(condition)
    }
  }

  /// Starts the thread, which does not keep the lane.
  ///
  /// - Throws: `SluiceError.limit` if the system gives no thread.
  func start(_ lane: Lane) throws(SluiceError) {
    try Thread.start { [weak lane, self] in
      while sleep() {
        guard let lane else { return }
        lane.stepDue()
      }
    }
  }

  /// Sleeps until the deadline, and forgets it.
  ///
  /// - Returns: false if the thread is to end.
  private func sleep() -> Bool {
    locked {
      while !isOver {
        guard let deadline else {
          unsafe pthread_cond_wait(condition, mutex)
          continue
        }
        guard deadline > now else {
          self.deadline = nil
          return true
        }
        var moment = timespec(deadline)
        unsafe pthread_cond_timedwait(condition, mutex, &moment)
      }
      return false
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }
}

extension timespec {
  fileprivate init(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    self.init(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  }
}
