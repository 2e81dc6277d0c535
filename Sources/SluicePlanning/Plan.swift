import SluiceGraph

/// Backend-neutral operations over numbered buffers, in the order they run, with a per-stream layout
/// for everything a stream owns.
///
/// A plan is for one stream; a backend runs it for many by giving each its own state and scratch rows.
public struct Plan: Sendable {
  /// Every value an operation touches.
  public var buffers: [Buffer]
  /// In the order they run.
  public var operations: [Operation]
  /// The frames: one buffer per input of the program.
  public var inputs: [Port]
  /// What a call gives: one buffer per output of the program. Two outputs may be one buffer, and one
  /// may be a constant, an input or a state.
  public var outputs: [Port]
  /// What is carried from call to call.
  public var states: [State]
  /// Bytes of scratch of one stream; every offset plus size lies within.
  public var scratchByteCount: Int

  /// A value with its type and place.
  public struct Buffer: Sendable, Hashable {
    public var name: String
    public var elementType: ElementType
    public var shape: [Int]
    public var placement: Placement

    public var count: Int { shape.reduce(1, *) }
    public var byteCount: Int { count * elementType.byteCount }
  }

  /// Where a buffer's bytes lie.
  public enum Placement: Sendable, Hashable {
    /// One for all streams, known now: an index into `Plan.constants`.
    case constant(Int)
    /// Frame `inputs[i]` of the stream.
    case input(Int)
    /// State `states[i]` of the stream as the previous step left it; never written in a step.
    case state(Int)
    /// Scratch of the stream, `offset` bytes from its beginning; shared by buffers whose lifetimes do
    /// not meet.
    case scratch(offset: Int)
    /// The bytes of another buffer under another shape; that one is not itself an alias.
    case alias(Int)
  }

  /// An operator and the buffers it reads and writes, nil where absent.
  public struct Operation: Sendable {
    /// The node's name.
    public var name: String
    public var `operator`: Operator
    public var inputs: [Int?]
    public var outputs: [Int?]
  }

  public struct Port: Sendable, Hashable {
    public var name: String
    public var buffer: Int
  }

  public struct State: Sendable, Hashable {
    public var variable: StateVariable
    /// Read during the step: the buffer placed at `.state(i)`.
    public var current: Int
    /// Holds the new state once all operations have run; any placement. A backend moves it into
    /// `current` when the step has completed and the stream's step number is at least
    /// `variable.firstStep`.
    public var next: Int
  }

  /// Values known at planning time, referred to by `Placement.constant`.
  public var constants: [Tensor]
}
