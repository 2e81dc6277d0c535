/// Operators over bound shapes, plus state variables: what a planner takes.
///
/// Every value of `graph` has a shape of numbers; nothing foldable is left; there is no `if`.
/// A `StepGraph` holds the program of one step of one stream, a `SequenceGraph` that of a whole
/// sequence with no state.
public struct Program: Sendable {
  /// `graph.inputs` are the values handed in at each call: frames, not states.
  public var graph: Graph
  /// What is carried from call to call. Their inputs are values without a producer.
  public var states: [StateVariable]

  public init(graph: Graph, states: [StateVariable] = []) {
    self.graph = graph
    self.states = states
  }

  /// Bytes a stream carries between steps.
  public var stateByteCount: Int { states.reduce(0) { $0 + $1.initial.byteCount } }
}

/// A value that a stream carries from one step to the next.
public struct StateVariable: Sendable, Hashable {
  /// The name under which sessions and snapshots know it: the input's name in the file for a state
  /// the network declares, else `node.role`, such as `GRU_12.hidden` or `Conv_3.past`.
  public var name: String
  /// The name under which the final state is given out; nil for states the file does not name.
  public var outputName: String?
  /// The value that a step reads.
  public var input: ValueID
  /// The value that a step leaves for the next one; same type and shape as `input`.
  public var output: ValueID
  /// What a fresh stream starts from. Its shape and type are those of the state.
  public var initial: Tensor
  /// Steps counted from 0: before this one the state keeps its initial value, because what the step
  /// computes is not yet part of the sequence (warm-up, lookahead).
  public var firstStep: Int
  /// The axis that counts rows of a batch in the arrays a user has (1 here); nil if there is none.
  public var batchAxis: Int?

  public init(
    name: String, outputName: String? = nil, input: ValueID, output: ValueID, initial: Tensor,
    firstStep: Int = 0, batchAxis: Int? = nil
  ) {
    self.name = name
    self.outputName = outputName
    self.input = input
    self.output = output
    self.initial = initial
    self.firstStep = firstStep
    self.batchAxis = batchAxis
  }
}

/// The analysed graph with its dimensions bound and no state: a whole sequence in one call.
public struct SequenceGraph: Sendable {
  public var program: Program

  public init(program: Program) { self.program = program }
}
