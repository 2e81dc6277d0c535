import Sluice

/// The last minutes in windows of equal length: a ring.
struct RecentHistory: Sendable {
  struct Window: Sendable {
    /// Windows since the clock's beginning.
    var number: Int
    var answered = 0
    var refused = 0
    var expired = 0
    var total = LatencyHistogram(precisionBits: RecentHistory.precisionBits)
  }

  static let windowLength = Duration.seconds(10)
  static let windowCount = 30
  /// Of histograms: quantiles are within a sixteenth.
  static let precisionBits = 4

  private var ring: [Window] = []

  /// Changes the window of a time; times never go back.
  mutating func record(at now: Duration, _ change: (inout Window) -> Void) {
    let number = Int(now / RecentHistory.windowLength)
    if let last = ring.last, last.number >= number {
      return change(&ring[ring.count - 1])
    }
    if ring.count == RecentHistory.windowCount { ring.removeFirst() }
    var window = Window(number: number)
    change(&window)
    ring.append(window)
  }

  /// Those that are not too long ago, in order; windows in which nothing happened are left out.
  func windows(at now: Duration) -> [Window] {
    let first = Int(now / RecentHistory.windowLength) - RecentHistory.windowCount + 1
    return ring.filter { $0.number >= first }
  }
}
