import COpenCL
import Synchronization

/// Makes the door refuse calls as a failing device would, for tests of what comes after.
final class FailureInjection: Sendable {
  private struct Order {
    var call: OpenCLCall
    var successes: Int
    var failures: Int
    var status: Int32
  }
  private let orders = Mutex<[Order]>([])
  /// False nearly always, so that a call costs one load.
  private let isArmed = Atomic<Bool>(false)

  /// The status to report in place of a call; nil to make the call.
  func status(for call: OpenCLCall) -> Int32? {
    guard isArmed.load(ordering: .acquiring) else { return nil }
    return orders.withLock { orders in
      guard let index = orders.firstIndex(where: { $0.call == call && $0.failures > 0 }) else {
        return nil
      }
      guard orders[index].successes == 0 else {
        orders[index].successes -= 1
        return nil
      }
      orders[index].failures -= 1
      return orders[index].status
    }
  }

  fileprivate func add(_ call: OpenCLCall, successes: Int, failures: Int, status: Int32) {
    orders.withLock {
      $0.append(Order(call: call, successes: successes, failures: failures, status: status))
    }
    isArmed.store(true, ordering: .releasing)
  }

  fileprivate func clear() {
    isArmed.store(false, ordering: .releasing)
    orders.withLock { $0 = [] }
  }
}

extension OpenCLLibrary {
  /// From now on the door makes `successes` more such calls, then fails `failures` of them without
  /// making them, as a device does that breaks.
  package func inject(
    failureOf call: OpenCLCall, after successes: Int = 0, failures: Int = .max,
    status: Int32 = CL_OUT_OF_RESOURCES
  ) {
    injection.add(call, successes: successes, failures: failures, status: status)
  }

  /// Forgets every failure that was ordered.
  package func removeInjectedFailures() { injection.clear() }
}
