/// How many steps an engine has run, and how many streams stepped together in them.
public struct StepCounts: Sendable, Hashable {
  /// Steps by their number of streams: entry k counts those of more than 2^(k−1) and at most 2^k.
  public internal(set) var bySize: [Int]
  /// Frames that steps took: a step of 3 streams counts 3.
  public internal(set) var frames = 0

  public init() { bySize = Array(repeating: 0, count: StepCounts.sizes) }

  public var steps: Int { bySize.reduce(0, +) }

  /// The largest number of streams that entry k counts.
  public static func largestSize(_ k: Int) -> Int { 1 << k }

  private static let sizes = 32

  /// Counts a step; one without streams was none.
  mutating func count(_ streams: Int) {
    guard streams > 0 else { return }
    let k = Int.bitWidth - (streams - 1).leadingZeroBitCount
    bySize[min(k, bySize.count - 1)] += 1
    frames += streams
  }

  static func + (a: StepCounts, b: StepCounts) -> StepCounts {
    var sum = a
    for k in sum.bySize.indices { sum.bySize[k] += b.bySize[k] }
    sum.frames += b.frames
    return sum
  }
}
