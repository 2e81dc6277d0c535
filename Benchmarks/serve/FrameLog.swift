import Sluice

/// What came of the frames of all streams. Latency is counted from the time for which a frame was
/// scheduled, so that a wait before it was sent is in it.
struct FrameLog {
  /// A frame without an answer.
  private struct Frame {
    let tag: UInt32
    let time: UInt64
  }

  private struct Stream {
    /// The oldest first.
    var unanswered: [Frame] = []
    /// Frames that were sent.
    var count: UInt32 = 0
  }

  private var streams: [Stream]
  /// Frames scheduled before this time, in nanoseconds, have no latency recorded.
  private let recordedFrom: UInt64
  private(set) var latencies = LatencyHistogram()
  private(set) var sent = 0
  private(set) var answered = 0
  private(set) var outOfOrder = 0
  /// Answers that were errors, by their sentence.
  private(set) var refusals: [String: Int] = [:]

  init(streams count: Int, recordedFrom: UInt64) {
    streams = Array(repeating: Stream(), count: count)
    self.recordedFrom = recordedFrom
  }

  /// Frames without an answer so far.
  var unanswered: Int { sent - answered - refusals.values.reduce(0, +) }

  /// - Returns: the frame's number in its stream, which is its tag.
  mutating func send(_ stream: Int, scheduled time: UInt64) -> UInt32 {
    let tag = streams[stream].count
    streams[stream].unanswered.append(Frame(tag: tag, time: time))
    streams[stream].count += 1
    sent += 1
    return tag
  }

  /// - Parameters:
  ///   - tag: the tag in the answer.
  ///   - refusal: the sentence of an answer that is an error.
  mutating func answer(_ stream: Int, tag: UInt32, refusal: String?, at now: UInt64) {
    guard streams.indices.contains(stream),
      let place = streams[stream].unanswered.firstIndex(where: { $0.tag == tag })
    else {
      outOfOrder += 1
      return
    }
    let time = streams[stream].unanswered.remove(at: place).time
    if let refusal {
      // What has no place in a queue is refused at once, before earlier frames are answered.
      refusals[refusal, default: 0] += 1
      return
    }
    answered += 1
    if place > 0 { outOfOrder += 1 }
    if time >= recordedFrom { latencies.record(nanoseconds: now - min(now, time)) }
  }
}
