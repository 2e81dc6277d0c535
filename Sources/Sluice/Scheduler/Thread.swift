import Glibc

/// A thread of the system that nobody waits for.
package enum Thread {
  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// - Throws: `SluiceError.limit` if the system gives none.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(SluiceError) {
    let start = unsafe Unmanaged.passRetained(Start(body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
        }
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      throw SluiceError(.limit, "the system gives no thread: error \(code)")
    }
    pthread_detach(thread)
  }
}
