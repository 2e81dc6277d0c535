import Sluice

/// What measuring one case gave; an entry of `results` in the JSON.
struct BenchmarkResult: Encodable {
  var model: String
  var backend: String
  var device: String
  /// Why `auto` took it; nil where it was named.
  var reason: String?
  /// The executable's numerics tag: kernel variant and libraries.
  var numerics: String
  var precision: String
  var streams: Int
  var threads: Int
  /// Frames that a call takes, where that is a whole sequence; nil for one step.
  var sequence: Int?
  /// Of one step of all streams at the executable: frames written, step, outputs read.
  var latency: Latency
  /// Frames of all streams by the time that their steps took.
  var framesPerSecond: Double
  /// From the file (or the graph in memory) to the executable, `buildMilliseconds` included.
  var loadMilliseconds: Double
  /// Of `prepare`: kernels chosen, weights packed, memory laid out.
  var buildMilliseconds: Double
  /// From the file to the first output of a fresh stream.
  var firstOutputMilliseconds: Double
  /// Bytes of state that a stream carries between frames.
  var bytesPerStream: Int
  /// Frames of every pattern whose outputs were held against the reference, and those of the first
  /// pattern held against the CPU backend besides.
  var checkedFrames: Int
  var framesHeldToCPU: Int
  /// Operations of one stream's call, as `Operator.operationCount` counts.
  var operations: Double
  /// Bytes of one stream's frames and outputs in a call.
  var transferBytes: Int
  /// With one stream: the same steps through a session; nil where it was not measured.
  var session: Session?
  /// Where the time goes; nil where nobody asked.
  var profile: ProfileReport?
  /// What happened in the steps that a person should know; nil if nothing did.
  var notes: [String]?

  struct Session: Encodable {
    /// Which of a session's calls.
    var call: String
    var latency: Latency

    private enum CodingKeys: String, CodingKey { case call }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(call, forKey: .call)
      try latency.encode(to: encoder)
    }
  }

  private enum CodingKeys: String, CodingKey {
    case model, backend, device, reason, numerics, precision, streams, threads, sequence, session
    case profile, notes
    case framesPerSecond = "frames_per_second"
    case loadMilliseconds = "load_ms"
    case buildMilliseconds = "build_ms"
    case firstOutputMilliseconds = "first_output_ms"
    case bytesPerStream = "bytes_per_stream"
    case checkedFrames = "checked_frames"
    case framesHeldToCPU = "frames_held_to_cpu"
    case operations
    case transferBytes = "transfer_bytes"
  }

  /// The latency's fields stand among the others.
  func encode(to encoder: any Encoder) throws {
    try latency.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(backend, forKey: .backend)
    try container.encode(device, forKey: .device)
    try container.encodeIfPresent(reason, forKey: .reason)
    try container.encode(numerics, forKey: .numerics)
    try container.encode(precision, forKey: .precision)
    try container.encode(streams, forKey: .streams)
    try container.encode(threads, forKey: .threads)
    try container.encodeIfPresent(sequence, forKey: .sequence)
    try container.encode(thousandths(framesPerSecond), forKey: .framesPerSecond)
    try container.encode(thousandths(loadMilliseconds), forKey: .loadMilliseconds)
    try container.encode(thousandths(buildMilliseconds), forKey: .buildMilliseconds)
    try container.encode(thousandths(firstOutputMilliseconds), forKey: .firstOutputMilliseconds)
    try container.encode(bytesPerStream, forKey: .bytesPerStream)
    try container.encode(checkedFrames, forKey: .checkedFrames)
    try container.encode(framesHeldToCPU, forKey: .framesHeldToCPU)
    try container.encode(operations, forKey: .operations)
    try container.encode(transferBytes, forKey: .transferBytes)
    try container.encodeIfPresent(session, forKey: .session)
    try container.encodeIfPresent(profile, forKey: .profile)
    try container.encodeIfPresent(notes, forKey: .notes)
  }
}

/// The distribution of a step's duration in microseconds.
struct Latency: Encodable {
  var steps: Int
  var minimum: Double
  var p50: Double
  var p99: Double
  var p999: Double
  var maximum: Double

  init(_ histogram: LatencyHistogram) {
    steps = histogram.count
    minimum = Double(histogram.minimum) / 1000
    p50 = Double(histogram.quantile(0.5)) / 1000
    p99 = Double(histogram.quantile(0.99)) / 1000
    p999 = Double(histogram.quantile(0.999)) / 1000
    maximum = Double(histogram.maximum) / 1000
  }

  private enum CodingKeys: String, CodingKey {
    case steps
    case minimum = "min_us"
    case p50 = "p50_us"
    case p99 = "p99_us"
    case p999 = "p999_us"
    case maximum = "max_us"
  }
}

private func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
