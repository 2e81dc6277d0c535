import Sluice

/// What a client has to know of a model's version to use it.
public struct ModelDescription: Sendable, Hashable {
  /// An input, an output or a state.
  public struct Port: Sendable, Hashable {
    public var name: String
    public var elementType: ElementType
    /// -1 for sizes that a request decides: batch, time, symbols. nil where the file gives no shape.
    public var shape: [Int]?
    /// What its entries stand for, in their order; empty where nothing is known. Of results only.
    public var labels: [String] = []
  }

  /// A state that whole sequences may begin with.
  public struct State: Sendable, Hashable {
    public var initial: Port
    /// The output that has its final value.
    public var output: String?
  }

  /// How a stream's frames relate to its outputs.
  public struct Streaming: Sendable, Hashable {
    /// One frame of each input.
    public var frames: [Port]
    /// What one step gives of each output.
    public var results: [Port]
    /// Frames that one step takes; no outputs are due between.
    public var framesPerStep: Int
    /// Frames by which the latest output is behind its frame.
    public var delay: Int
    /// Frames before the step from which every output is due.
    public var warmUp: Int
  }

  public var name: String
  public var version: Int
  /// What whole sequences are made of; states are not among them.
  public var inputs: [Port]
  public var outputs: [Port]
  public var states: [State]
  /// nil for networks that take whole sequences only.
  public var streaming: Streaming?
}

extension ModelVersion {
  private typealias Port = ModelDescription.Port

  /// What clients have to know of it.
  public var interface: ModelDescription {
    guard let steps = engine?.stepGraph else {
      return ModelDescription(
        name: name, version: number, inputs: model.inputs.map { Port(declared: $0) },
        outputs: model.outputs.map { Port(declared: $0) }, states: [], streaming: nil)
    }
    let states = steps.program.states
    let declared = Set(model.inputs.map(\.name))
    let stateOutputs = Set(states.compactMap(\.outputName))
    return ModelDescription(
      name: name, version: number, inputs: steps.inputs.map { Port(sequenceOf: $0) },
      outputs: steps.outputs.filter { !stateOutputs.contains($0.name) }
        .map { Port(sequenceOf: $0) },
      states: states.filter { declared.contains($0.name) }
        .map { ModelDescription.State(variable: $0) },
      streaming: ModelDescription.Streaming(
        frames: steps.inputs.map { Port(frameOf: $0, framesPerStep: steps.framesPerStep) },
        results: steps.outputs.map { port in
          var result = Port(stepOf: port)
          result.labels = classNames.names(of: result)
          return result
        },
        framesPerStep: steps.framesPerStep, delay: steps.delay, warmUp: steps.warmUp))
  }
}

extension ModelDescription.State {
  fileprivate init(variable: StateVariable) {
    var shape = variable.initial.shape
    if let axis = variable.batchAxis { shape[axis] = -1 }
    self.init(
      initial: ModelDescription.Port(
        name: variable.name, elementType: variable.initial.elementType, shape: shape),
      output: variable.outputName)
  }
}

extension ModelDescription.Port {
  fileprivate init(declared port: ModelPort) {
    self.init(
      name: port.name, elementType: port.type.elementType,
      shape: port.type.shape?.dimensions.map { $0.size ?? -1 })
  }

  fileprivate init(stepOf port: StreamPort) {
    self.init(name: port.name, elementType: port.elementType, shape: port.shape)
  }

  fileprivate init(sequenceOf port: StreamPort) {
    self.init(stepOf: port)
    for axis in [port.batchAxis, port.timeAxis] { if let axis { shape?[axis] = -1 } }
  }

  fileprivate init(frameOf port: StreamPort, framesPerStep: Int) {
    self.init(stepOf: port)
    if let axis = port.timeAxis { shape?[axis] = port.entriesPerStep / max(1, framesPerStep) }
  }
}
