import Sluice
import SluiceTestSupport
import Synchronization

/// The reference on a device that breaks when told to.
struct BreakableBackend: Backend {
  let device = BreakableDevice()
  var workers = 1
  var deviceName = "a device that breaks"

  var name: String { "breakable" }

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    BreakableExecutable(
      try ReferenceBackend().prepare(plan, options: options), workerCount: workers, device: device)
  }
}

/// When a device breaks, and what it still does then.
final class BreakableDevice: Sendable {
  enum Call: Hashable, CaseIterable, Sendable { case step, state, setState, reset }

  private struct Order {
    /// Calls that still work.
    var left = Int.max
    /// Calls that fail after them.
    var broken: Set<Call> = []
  }
  private let order = Mutex(Order())

  /// After so many more calls of any kind, those of these kinds fail for ever.
  func breakDown(after calls: Int = 0, _ broken: Set<Call> = [.step]) {
    order.withLock { $0 = Order(left: calls, broken: broken) }
  }

  fileprivate func make(_ call: Call) throws(BackendError) {
    let isBroken = order.withLock { order in
      if order.left > 0 {
        order.left -= 1
        return false
      }
      return order.broken.contains(call)
    }
    if isBroken { throw BackendError(.deviceFailed, "\(call) fell over") }
  }
}

final class BreakableExecutable: WrappingExecutable {
  let inner: any Executable
  let workerCount: Int
  let numericsTag = "breakable 1"
  private let device: BreakableDevice
  /// The reference has one worker.
  private let turn = Mutex(())

  init(_ inner: any Executable, workerCount: Int, device: BreakableDevice) {
    self.inner = inner
    self.workerCount = workerCount
    self.device = device
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    try device.make(.step)
    try turn.withLock { _ throws(BackendError) in try inner.step(slots) }
  }

  func state(_ index: Int, slot: Int) throws(BackendError) -> Tensor {
    try device.make(.state)
    return try inner.state(index, slot: slot)
  }

  func setState(_ index: Int, slot: Int, to tensor: Tensor) throws(BackendError) {
    try device.make(.setState)
    try inner.setState(index, slot: slot, to: tensor)
  }

  func reset(slot: Int) throws(BackendError) {
    try device.make(.reset)
    try inner.reset(slot: slot)
  }
}
