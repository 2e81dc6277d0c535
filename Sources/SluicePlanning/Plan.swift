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
    /// The bytes of another buffer under another shape; that one is neither an alias nor a view.
    case alias(Int)
    /// Elements of another buffer, likewise: index i is its element `offset + Σ i · strides`. Only
    /// what can read through strides is given one that is not contiguous (`Operator.readsThrough`).
    case view(Int, offset: Int, strides: [Int])
  }

  /// What to do, and the buffers it reads and writes, nil where absent.
  public struct Operation: Sendable {
    /// The node's name; of a chain, the first and the last node's.
    public var name: String
    public var action: Action
    public var inputs: [Int?]
    public var outputs: [Int?]
  }

  public enum Action: Sendable, Hashable {
    /// One node of the program.
    case node(Operator)
    /// A product with constant weights (`gemm`, `matMul`, `conv`, `convTranspose`) and what is done to
    /// its result. `matMul` may have a bias per column as third input.
    case product(Operator, ProductActivation?)
    /// A chain of element-wise nodes; inputs are its inputs, outputs its results.
    case expression(Expression)
    /// Boxes of the inputs copied into one output: piece i comes from input `pieces[i].input`.
    case assembly([AssemblyPiece])
  }

  /// A box of an assembly, in painting order. Element `start + i` of the output is element
  /// `offset + Σ i · strides` of the input, or the fill.
  public struct AssemblyPiece: Sendable, Hashable {
    /// An index into the operation's inputs; nil for `fill`.
    public var input: Int?
    /// The bytes of one element; empty where there is an input.
    public var fill: [UInt8]
    public var start: [Int]
    public var sizes: [Int]
    public var offset: Int
    public var strides: [Int]
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
