import Sluice

/// What `sluice bench` calls again and again: one step of a network, or a whole sequence.
struct MeasuredCall {
  /// Frames of a stream that one call takes.
  var frames: Int
  /// In the plan's order.
  var outputs: [Output]
  /// Bytes that a stream carries from call to call.
  var stateByteCount: Int
  /// The plan of one call, fused as far as a backend wants it.
  var plan: (Fusion) throws -> Plan

  struct Output {
    var name: String
    /// The first call of a fresh stream that gives it.
    var firstCall: Int
  }
}

extension MeasuredCall {
  /// One step.
  init(stepOf model: Model) throws {
    let step = try model.stepGraph()
    self.init(
      frames: step.framesPerStep,
      outputs: step.outputs.map { Output(name: $0.name, firstCall: $0.firstStep) },
      stateByteCount: step.program.stateByteCount, plan: { try model.stepPlan(fusion: $0) })
  }

  /// A sequence of so many frames, from the initial states.
  ///
  /// - Throws: `CommandError.usage` for a network made for one frame.
  init(sequenceOf model: Model, frames: Int) throws {
    let shapes = try MeasuredCall.shapes(of: model, frames: frames)
    let plan = try model.sequencePlan(inputShapes: shapes, fusion: .none)
    self.init(
      frames: frames, outputs: plan.outputs.map { Output(name: $0.name, firstCall: 0) },
      stateByteCount: 0, plan: { try model.sequencePlan(inputShapes: shapes, fusion: $0) })
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
