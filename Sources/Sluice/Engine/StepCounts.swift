/// How many steps an engine has run, and how many streams stepped together in them.
public struct StepCounts: Sendable, Hashable {
  /// Steps by their number of streams: entry n counts those of n; there are none of 0.
  public private(set) var byStreams: [Int]

  /// - Parameter streams: as many as a step may have without room being made for its count.
  public init(streams: Int = 0) { byStreams = Array(repeating: 0, count: streams + 1) }

  public var steps: Int { byStreams.reduce(0, +) }

  /// Frames that steps took: a step of 3 streams counts 3.
  public var frames: Int {
    byStreams.enumerated().reduce(0) { sum, entry in sum + entry.offset * entry.element }
  }

  /// Steps by their number of streams, in powers of two: entry k counts those of more than 2^(k−1) and at
  /// most 2^k.
  public var bySize: [Int] {
    var counts = Array(repeating: 0, count: StepCounts.sizes)
    for (streams, steps) in byStreams.enumerated().dropFirst() {
      let k = Int.bitWidth - (streams - 1).leadingZeroBitCount
      counts[min(k, counts.count - 1)] += steps
    }
    return counts
  }

  /// The largest number of streams that entry k of `bySize` counts.
  public static func largestSize(_ k: Int) -> Int { 1 << k }

  private static let sizes = 32

  /// Counts a step; one without streams was none.
  mutating func count(_ streams: Int) {
    guard streams > 0 else { return }
    makeRoom(streams)
    byStreams[streams] += 1
  }

  static func + (a: StepCounts, b: StepCounts) -> StepCounts {
    var sum = a
    sum.makeRoom(b.byStreams.count - 1)
    for streams in b.byStreams.indices { sum.byStreams[streams] += b.byStreams[streams] }
    return sum
  }

  private mutating func makeRoom(_ streams: Int) {
    guard streams >= byStreams.count else { return }
    byStreams += Array(repeating: 0, count: streams + 1 - byStreams.count)
  }
}
