import Dispatch
import Sluice
import SluiceTestSupport
import Synchronization

/// The reference, which stops in its steps when told to.
struct GatedBackend: Backend {
  let gate = StepGate()

  var name: String { "gated" }
  var deviceName: String { "a device for tests" }

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    GatedExecutable(try ReferenceBackend().prepare(plan, options: options), gate: gate)
  }
}

/// Where steps stop.
final class StepGate: Sendable {
  private struct State: Sendable {
    var isShut = false
    var standing = 0
  }

  private let state = Mutex(State())
  private let semaphore = DispatchSemaphore(value: 0)

  /// From now on steps stop.
  func shut() { state.withLock { $0.isShut = true } }

  /// Lets the steps that stand, and all later ones, go on.
  func open() {
    let standing = state.withLock { state in
      state.isShut = false
      defer { state.standing = 0 }
      return state.standing
    }
    for _ in 0..<standing { semaphore.signal() }
  }

  /// Returns when a step stands.
  func stands() async {
    while state.withLock({ $0.standing }) == 0 { await Task.yield() }
  }

  fileprivate func pass() {
    let stops = state.withLock { state in
      if state.isShut { state.standing += 1 }
      return state.isShut
    }
    if stops { semaphore.wait() }
  }
}

final class GatedExecutable: WrappingExecutable {
  let inner: any Executable
  private let gate: StepGate

  init(_ inner: any Executable, gate: StepGate) {
    self.inner = inner
    self.gate = gate
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    gate.pass()
    try inner.step(slots, worker: worker)
  }
}
