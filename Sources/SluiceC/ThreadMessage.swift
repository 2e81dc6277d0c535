import Glibc

/// The text of the last failed call, one for each thread: C text in memory of its own, freed with the
/// thread.
enum ThreadMessage {
  private static let key: pthread_key_t? = {
    var key = pthread_key_t()
    let status = unsafe pthread_key_create(&key) { text in unsafe free(text) }
    return status == 0 ? key : nil
  }()

  static func set(_ text: String) {
    guard let key else { return }
    unsafe free(pthread_getspecific(key))
    _ = unsafe pthread_setspecific(key, strdup(text))
  }

  /// "" if no call has failed on this thread.
  static var current: UnsafePointer<CChar> {
    if let key, let text = unsafe pthread_getspecific(key) {
      return unsafe UnsafePointer(text.assumingMemoryBound(to: CChar.self))
    }
    return unsafe empty
  }

  nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    unsafe text.initialize(to: 0)
    return unsafe UnsafePointer(text)
  }()
}
