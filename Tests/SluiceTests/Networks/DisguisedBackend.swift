import Sluice
import SluiceTestSupport
import Synchronization

/// The reference under another numerics tag, which fails when told to.
struct DisguisedBackend: Backend {
  var tag = "disguised 1"
  var failures = Failures()

  /// How many of the next steps fail.
  final class Failures: Sendable {
    private let left = Mutex(0)

    func fail(_ count: Int) { left.withLock { $0 = count } }

    func take() -> Bool {
      left.withLock { left in
        guard left > 0 else { return false }
        left -= 1
        return true
      }
    }
  }

  var name: String { "disguised" }
  var deviceName: String { "a device for tests" }

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    DisguisedExecutable(
      try ReferenceBackend().prepare(plan, options: options), tag: tag, failures: failures)
  }
}

final class DisguisedExecutable: WrappingExecutable {
  let inner: any Executable
  private let failures: DisguisedBackend.Failures
  let numericsTag: String

  init(_ inner: any Executable, tag: String, failures: DisguisedBackend.Failures) {
    self.inner = inner
    self.failures = failures
    numericsTag = tag
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    guard !failures.take() else { throw BackendError(.deviceFailed, "the device fell over") }
    try inner.step(slots, worker: worker)
  }
}
