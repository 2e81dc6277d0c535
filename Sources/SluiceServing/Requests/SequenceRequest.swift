import Sluice
import Tracing

/// Whole sequences in one request, without a stream that outlives it.
public struct SequenceRequest: Sendable {
  public var model: String
  /// nil for the newest.
  public var version: Int?
  /// By input name; rank decides what an array is, as for `Engine.run(_:)`. Rows of the batch are
  /// streams of their own. States are initial values and may be left out where the network streams.
  public var arrays: [String: Tensor]
  /// When the answer is of no more use, by the service's clock.
  public var deadline: Duration?
  /// The span in which it is asked for, where the service has a tracer; nil for none, not for the task's:
  /// give `ServiceContext.current` for that.
  public var parent: ServiceContext?

  public init(
    model: String, version: Int? = nil, arrays: [String: Tensor], deadline: Duration? = nil,
    parent: ServiceContext? = nil
  ) {
    self.model = model
    self.version = version
    self.arrays = arrays
    self.deadline = deadline
    self.parent = parent
  }

  var byteCount: Int { arrays.values.reduce(0) { $0 + $1.byteCount } }
}

/// What came of whole sequences.
public struct SequenceAnswer: Sendable {
  public var version: Int
  /// Outputs and, under their output names, final states.
  public var outputs: NamedTensors
}
