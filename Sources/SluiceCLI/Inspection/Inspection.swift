import Sluice

/// What `sluice inspect` finds out about a network; encoded as it is by `--json`.
struct Inspection: Encodable {
  var model: String
  var nodes: Int
  /// Elements of all weights.
  var parameters: Int
  var inputs: [Port]
  var outputs: [Port]
  /// Dimensions and inputs that a number is needed for, with the option to type.
  var unbound: [String]
  /// nil where the network does not stream.
  var streaming: Streaming?
  /// Why it does not.
  var notStreamable: String?
  /// What a frame costs, or where there is no step, what a sequence costs; nil while something is
  /// unbound.
  var work: Work?
  var layers: [Layer]
  /// Where one stream would run, and why; nil where it does not stream, or the backend was named.
  var backend: String?
  var notes: [String]

  struct Port: Encodable {
    var name: String
    var type: String
    /// What it is in a stream, such as `frame` or `state, from conv_cache_out`.
    var role: String?
  }

  struct Streaming: Encodable {
    var framesPerStep: Int
    var delay: Int
    var warmUp: Int
    var states: [State]
    var stateBytes: Int
  }

  struct State: Encodable {
    var name: String
    var output: String?
    var type: String
    var bytes: Int
  }

  struct Work: Encodable {
    /// `frame` or `sequence`.
    var per: String
    var operations: Double
    var weightBytes: Double
    var valueBytes: Double
  }

  /// A node with weights.
  struct Layer: Encodable {
    var name: String
    var operation: String
    var parameters: Int
    var output: String
    var operations: Double?
  }
}
