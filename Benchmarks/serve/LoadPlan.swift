import Glibc

/// Streams that each send frames at Poisson times, independent of one another and of the answers.
struct LoadPlan {
  var streams: Int
  /// Frames a second of each stream.
  var rate: Double
  /// Recorded.
  var seconds: Double
  /// Before that.
  var warmUp: Double
  var connections: Int
  /// The server's processes, to read their processor time.
  var servers: [Int32]
}

/// The times of a plan. Streams of one rate together are one Poisson process whose every event is of a
/// stream drawn at random.
struct Arrivals {
  private let plan: LoadPlan
  private var random = SystemRandomNumberGenerator()
  private let end: UInt64
  let recordedFrom: UInt64
  /// When the next frame is due.
  private(set) var nextTime: UInt64

  init(_ plan: LoadPlan, from start: UInt64) {
    self.plan = plan
    recordedFrom = start + UInt64(plan.warmUp * 1e9)
    end = recordedFrom + UInt64(plan.seconds * 1e9)
    nextTime = start
  }

  var areOver: Bool { nextTime >= end }

  /// A frame that is due.
  mutating func next(before now: UInt64) -> (stream: Int, time: UInt64)? {
    guard nextTime <= now, !areOver else { return nil }
    defer {
      let gap = -log1p(-Double.random(in: 0..<1, using: &random)) / plan.rate
      nextTime += UInt64(gap / Double(plan.streams) * 1e9)
    }
    return (Int.random(in: 0..<plan.streams, using: &random), nextTime)
  }
}

func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
