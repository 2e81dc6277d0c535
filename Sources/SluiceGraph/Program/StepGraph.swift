/// The program of one step of one stream, and how steps relate to the sequence they stand for.
///
/// Batch is 1 in it. A step consumes `framesPerStep` frames; step i gives, of each output with a time
/// axis, the entries `(i − firstStep) · entriesPerStep` and following; before `firstStep` it gives
/// none.
public struct StepGraph: Sendable {
  public var program: Program
  /// Frames that one step consumes: the product of the strides over time, else 1.
  public var framesPerStep: Int
  /// One per `program.graph.inputs`.
  public var inputs: [StreamPort]
  /// One per `program.graph.outputs`.
  public var outputs: [StreamPort]
  /// Frames of lookahead: the largest of the outputs' `delay`.
  public var delay: Int
  /// Frames a fresh stream takes in before the step from which every output is given.
  public var warmUp: Int
  /// What was found and done, for people: axes, pairs, rewritten nodes; one sentence each.
  public var notes: [String]

  public init(
    program: Program, framesPerStep: Int, inputs: [StreamPort], outputs: [StreamPort],
    delay: Int, warmUp: Int, notes: [String]
  ) {
    self.program = program
    self.framesPerStep = framesPerStep
    self.inputs = inputs
    self.outputs = outputs
    self.delay = delay
    self.warmUp = warmUp
    self.notes = notes
  }
}

/// How an input or output of a step lies in the arrays a user has.
public struct StreamPort: Sendable, Hashable {
  public var name: String
  /// The shape of one step's value, batch 1: with `timeAxis`, that axis has `entriesPerStep`.
  public var shape: [Int]
  public var elementType: ElementType
  /// The axis that is time; nil where a step has one value without such an axis (a one-frame
  /// network, a last-step output).
  public var timeAxis: Int?
  /// The axis that counts rows of a batch; streams lie along it. nil if there is none.
  public var batchAxis: Int?
  /// Entries along `timeAxis` that one step takes or gives; 1 without one.
  public var entriesPerStep: Int
  /// The first step that gives this output; 0 for inputs.
  public var firstStep: Int
  /// Frames of lookahead: what the step after frame N gives is the newest entry of a whole-sequence
  /// run over N − delay frames. 0 for inputs and for causal networks.
  public var delay: Int

  public init(
    name: String, shape: [Int], elementType: ElementType, timeAxis: Int?, batchAxis: Int?,
    entriesPerStep: Int, firstStep: Int = 0, delay: Int = 0
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.timeAxis = timeAxis
    self.batchAxis = batchAxis
    self.entriesPerStep = entriesPerStep
    self.firstStep = firstStep
    self.delay = delay
  }
}

/// What a user says about a network beyond its file; the command line's shared options.
public struct NetworkOptions: Sendable, Hashable {
  /// `--bind NAME=VALUE`: dimension symbols by name, and inputs that decide shapes or branches.
  public var dimensions: [String: Int]
  /// Inputs whose value is bound before planning.
  public var inputs: [String: Tensor]
  /// `--state IN=OUT`.
  public var states: [String: String]
  /// `--time-axis NAME=AXIS`: which axis of which input is time; negative counts from the end.
  public var timeAxes: [String: Int]
  /// `--gru-reset-after`: every GRU is taken as `resetAfter`, whatever the file says.
  public var gruResetAfter: Bool
  /// `--memory-limit`: bytes that folded constants, scratch and state may take.
  public var memoryLimit: Int
  /// `--allow-path DIR`: folders beside the model's own from which a `model.json` may take files.
  public var allowedPaths: [String]

  public init(
    dimensions: [String: Int] = [:], inputs: [String: Tensor] = [:],
    states: [String: String] = [:], timeAxes: [String: Int] = [:], gruResetAfter: Bool = false,
    memoryLimit: Int = 4 << 30, allowedPaths: [String] = []
  ) {
    self.dimensions = dimensions
    self.inputs = inputs
    self.states = states
    self.timeAxes = timeAxes
    self.gruResetAfter = gruResetAfter
    self.memoryLimit = memoryLimit
    self.allowedPaths = allowedPaths
  }
}
