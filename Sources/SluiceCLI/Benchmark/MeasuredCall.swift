import Sluice

/// What `sluice bench` calls again and again: one step of a network, or a whole sequence.
struct MeasuredCall {
  /// Frames of a stream that one call takes.
  var frames: Int
  /// Of one stream's call, as `Operator.operationCount` counts.
  var operations: Double
  /// The axis of each input that is time, in the plan's order; nil without one.
  var inputAxes: [Int?]
  /// In the plan's order.
  var outputs: [Output]
  /// Bytes that a stream carries from call to call.
  var stateByteCount: Int
  /// The plan of one call, fused as far as a backend wants it.
  var plan: (Fusion) throws -> Plan
  /// What `auto` predicts from.
  var program: () throws -> Program
  /// The same call over the first frames of a sequence; nil for one step.
  var shortened: ((_ frames: Int) throws -> MeasuredCall)?

  struct Output {
    var name: String
    /// The first call of a fresh stream that gives it.
    var firstCall: Int
    /// The axis that is time; nil without one.
    var timeAxis: Int?
    /// Entries along it, the last ones, that frames after the call's end would change.
    var openEntries = 0
  }
}

extension MeasuredCall {
  /// One step.
  init(stepOf model: Model) throws {
    let step = try model.stepGraph()
    self.init(
      frames: step.framesPerStep, operations: step.program.cost.operations,
      inputAxes: step.inputs.map(\.timeAxis),
      outputs: step.outputs.map { Output(name: $0.name, firstCall: $0.firstStep) },
      stateByteCount: step.program.stateByteCount, plan: { try model.stepPlan(fusion: $0) },
      program: { step.program })
  }

  /// A sequence of so many frames, from the initial states.
  ///
  /// - Throws: `CommandError.usage` for a network made for one frame.
  init(sequenceOf model: Model, frames: Int) throws {
    let shapes = try MeasuredCall.shapes(of: model, frames: frames)
    let plan = try model.sequencePlan(inputShapes: shapes, fusion: .none)
    let step = try model.stepGraph()
    let inputs = Dictionary(uniqueKeysWithValues: step.inputs.map { ($0.name, $0) })
    let outputs = Dictionary(uniqueKeysWithValues: step.outputs.map { ($0.name, $0) })
    self.init(
      frames: frames,
      operations: try model.sequenceGraph(inputShapes: shapes).program.cost.operations,
      inputAxes: plan.inputs.map { inputs[$0.name]?.timeAxis },
      outputs: plan.outputs.map { output in
        let port = outputs[output.name]
        let open = (port?.delay ?? 0) * (port?.entriesPerStep ?? 0)
        return Output(
          name: output.name, firstCall: 0, timeAxis: port?.timeAxis,
          openEntries: (open + step.framesPerStep - 1) / step.framesPerStep)
      },
      stateByteCount: 0, plan: { try model.sequencePlan(inputShapes: shapes, fusion: $0) },
      program: { try model.sequenceGraph(inputShapes: shapes).program },
      shortened: { frames in
        let whole = (frames + step.framesPerStep - 1) / step.framesPerStep * step.framesPerStep
        return try MeasuredCall(sequenceOf: model, frames: whole)
      })
  }

  /// Of every input whose size depends on the sequence's length.
  private static func shapes(of model: Model, frames: Int) throws -> [String: [Int]] {
    let step = try model.stepGraph()
    guard step.inputs.contains(where: { $0.timeAxis != nil }) else {
      throw CommandError(
        .usage, "--sequence \(frames): \(model.name) is made for one frame a call")
    }
    let names = Set(model.inputs.map(\.name))
    var shapes: [String: [Int]] = [:]
    for state in step.program.states where names.contains(state.name) {
      shapes[state.name] = state.initial.shape
    }
    for port in step.inputs {
      var shape = port.shape
      if let axis = port.timeAxis {
        shape[axis] = frames * port.entriesPerStep / step.framesPerStep
      }
      shapes[port.name] = shape
    }
    return shapes
  }
}
