import Synchronization

/// Numbers of the streams that were begun on a connection and have not ended, as far as it knows: some of
/// them may never have started.
final class Begun: Sendable {
  static let maximumCount = 65536

  /// How often a stream was begun.
  private let starts = Mutex<[UInt32: Int]>([:])

  var all: [UInt32] { starts.withLock { Array($0.keys) } }

  /// - Returns: false if there are too many.
  func add(_ number: UInt32) -> Bool {
    starts.withLock { starts in
      guard starts[number] != nil || starts.count < Begun.maximumCount else { return false }
      starts[number, default: 0] += 1
      return true
    }
  }

  /// To be had when an end is put in, for `remove`.
  func count(of number: UInt32) -> Int { starts.withLock { $0[number] ?? 0 } }

  /// A stream ended.
  ///
  /// - Parameter count: how often it had been begun when its end was put in; begun since, it stays.
  func remove(_ number: UInt32, begun count: Int) {
    starts.withLock { starts in
      if starts[number] == count { starts[number] = nil }
    }
  }
}
