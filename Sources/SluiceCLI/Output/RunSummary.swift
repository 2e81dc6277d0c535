import Sluice

/// What a run was and how fast; encoded as it is by `--json`.
struct RunSummary: Encodable {
  var model: String
  var mode: String
  var modeReason: String
  var backend: String
  var device: String
  var backendReason: String
  var streams: Int
  /// Frames of each stream; 0 where a sequence is one call.
  var frames: Int
  /// Steps of each stream; the calls in sequence mode.
  var steps: Int
  var p50Microseconds: Double?
  var p99Microseconds: Double?
  /// Frames of all streams by the time that steps took; nil in sequence mode.
  var framesPerSecond: Double?
  /// By output.
  var shapes: [String: [Int]]
  /// Streams whose device failed, and how they went on.
  var recoveries: [StreamRecovery]
  var notes: [String]
  /// The same for a person.
  private let text: [String]

  private enum CodingKeys: String, CodingKey {
    case model, mode, modeReason, backend, device, backendReason, streams, frames, steps
    case p50Microseconds, p99Microseconds, framesPerSecond, shapes, recoveries, notes
  }

  struct StreamRecovery: Encodable {
    /// The row of the batch.
    var stream: Int
    var failed: String
    var successor: String
    var reason: String
    var source: Recovery.Source
    /// The frame resumed from.
    var frame: Int
    /// Frames given since then, which were given again.
    var framesLost: Int
  }

  init(_ result: RunResult, model: Model) {
    self.model = model.name
    mode = result.mode.rawValue
    modeReason = result.modeReason
    backend = result.backend.backend
    device = result.backend.device
    backendReason = result.backend.reason
    streams = result.streams
    frames = result.frames
    steps = result.steps
    p50Microseconds = result.stepMicroseconds(quantile: 0.5)
    p99Microseconds = result.stepMicroseconds(quantile: 0.99)
    let seconds = result.stepNanoseconds.reduce(0.0) { $0 + Double($1) } / 1e9
    let count = Double(result.frames) * Double(result.streams)
    framesPerSecond = count > 0 && seconds > 0 ? count / seconds : nil
    shapes = Dictionary(uniqueKeysWithValues: result.results.map { ($0.name, $0.tensor.shape) })
    recoveries = result.recoveries.map { StreamRecovery($0.stream, $0.recovery) }
    notes = result.notes
    text = result.runSummary
  }

  var lines: [String] {
    let outputs = shapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return text
      + (framesPerSecond.map { ["frames: \(scaled($0)) a second"] } ?? [])
      + ["outputs: " + outputs.joined(separator: ", ")]
  }
}

extension RunSummary.StreamRecovery {
  fileprivate init(_ stream: Int, _ recovery: Recovery) {
    self.init(
      stream: stream, failed: recovery.failed, successor: recovery.successor,
      reason: recovery.reason, source: recovery.source, frame: recovery.frame,
      framesLost: recovery.framesLost)
  }
}
