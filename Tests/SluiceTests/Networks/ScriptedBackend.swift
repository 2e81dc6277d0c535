import Dispatch
import Glibc
import Sluice
import SluiceTestSupport
import Synchronization

/// The reference with workers, which fails for chosen frames, stops in its steps when told to, and
/// writes down who stepped with whom.
struct ScriptedBackend: Backend {
  var workers = 1
  let script = StepScript()

  var name: String { "scripted" }
  var deviceName: String { "a device for tests" }

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    ScriptedExecutable(
      try ReferenceBackend().prepare(plan, options: options), workerCount: workers, script: script)
  }
}

/// What the steps of a scripted backend do, and did.
final class StepScript: Sendable {
  struct Record: Sendable {
    /// Slots of each step, sorted, in the order in which the steps began.
    var steps: [[Int]] = []
    /// Slots that are in a step now.
    var running: [Int] = []
    var workers: Set<Int> = []
    /// Broken promises of the owner.
    var broken: [String] = []
    var threads: [UInt] = []
    var isStopped = false
  }

  /// A step with a frame that begins with this value throws `invalidValue`.
  static let poison: Float = 666
  private let state = Mutex(Record())
  private let gate = DispatchSemaphore(value: 0)

  var record: Record { state.withLock { $0 } }

  /// Whether these slots and no others are in a step now. Compared under the lock: the thread sanitizer
  /// takes a copy's buffer, read outside, and the next append to it for a race.
  func isRunning(_ slots: [Int]) -> Bool { state.withLock { $0.running == slots } }

  /// Slots that are in a step now, counted under the lock likewise.
  var runningCount: Int { state.withLock { $0.running.count } }

  /// From now on steps stop once they have begun.
  func stop() { state.withLock { $0.isStopped = true } }

  /// Lets the steps that stand, and all later ones, go on.
  func goOn() {
    let standing = state.withLock { record in
      record.isStopped = false
      return record.running.count
    }
    for _ in 0..<standing { gate.signal() }
  }

  fileprivate func begin(_ slots: [Int], worker: Int) {
    let isStopped = state.withLock { record in
      record.steps.append(slots.sorted())
      record.threads.append(UInt(pthread_self()))
      for slot in slots where record.running.contains(slot) {
        record.broken.append("slot \(slot) is in two steps")
      }
      if !record.workers.insert(worker).inserted {
        record.broken.append("worker \(worker) has two steps")
      }
      record.running += slots
      return record.isStopped
    }
    if isStopped { gate.wait() }
  }

  fileprivate func end(_ slots: [Int], worker: Int) {
    state.withLock { record in
      record.running.removeAll { slots.contains($0) }
      record.workers.remove(worker)
    }
  }
}

final class ScriptedExecutable: WrappingExecutable {
  let inner: any Executable
  private let script: StepScript
  private let poisoned = Mutex<Set<Int>>([])
  /// The reference has one worker.
  private let turn = Mutex(())
  let workerCount: Int

  init(_ inner: any Executable, workerCount: Int, script: StepScript) {
    self.inner = inner
    self.workerCount = workerCount
    self.script = script
  }

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    let first = unsafe bytes.loadUnaligned(as: Float.self)
    poisoned.withLock {
      if first == StepScript.poison { $0.insert(slot) } else { $0.remove(slot) }
    }
    unsafe inner.write(input: input, slot: slot, from: bytes)
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    script.begin(slots, worker: worker)
    defer { script.end(slots, worker: worker) }
    if let slot = poisoned.withLock({ poisoned in slots.first { poisoned.contains($0) } }) {
      throw BackendError(.invalidValue, "slot \(slot) has a frame that no kernel takes")
    }
    try turn.withLock { _ throws(BackendError) in try inner.step(slots) }
  }
}
