import Sluice
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

final class DisguisedExecutable: Executable {
  private let inner: any Executable
  private let failures: DisguisedBackend.Failures
  let numericsTag: String

  init(_ inner: any Executable, tag: String, failures: DisguisedBackend.Failures) {
    self.inner = inner
    self.failures = failures
    numericsTag = tag
  }

  var plan: Plan { inner.plan }
  var slotCount: Int { inner.slotCount }
  var listing: [String] { inner.listing }
  var workerCount: Int { inner.workerCount }

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    unsafe inner.write(input: input, slot: slot, from: bytes)
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    guard !failures.take() else { throw BackendError(.deviceFailed, "the device fell over") }
    try inner.step(slots, worker: worker)
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    unsafe inner.read(output: output, slot: slot, into: bytes)
  }

  func stepCount(slot: Int) -> Int { inner.stepCount(slot: slot) }
  func setStepCount(_ count: Int, slot: Int) { inner.setStepCount(count, slot: slot) }
  func state(_ index: Int, slot: Int) -> Tensor { inner.state(index, slot: slot) }
  func setState(_ index: Int, slot: Int, to tensor: Tensor) {
    inner.setState(index, slot: slot, to: tensor)
  }
  func reset(slot: Int) { inner.reset(slot: slot) }
}
