import Sluice

/// The printed form of one stage's result.
struct StageListing: Encodable {
  var model: String
  var stage: Stage
  var lines: [String]

  /// Makes the stage's result and prints it. `plan` and `executable` are those of a step if the network
  /// streams, else those of a sequence.
  init(_ stage: Stage, of model: Model, on target: BackendOptionGroup) throws {
    self.model = model.name
    self.stage = stage
    lines =
      switch stage {
      case .graph: try model.graph.listing
      case .step: StageListing.lines(of: try model.stepGraph())
      case .sequence: StageListing.lines(of: try model.sequenceGraph().program)
      case .plan: try StageListing.plan(of: model, on: target).plan.listing
      case .executable: try StageListing.executable(of: model, on: target).listing
      }
  }

  /// The plan for a backend, and that backend.
  private static func plan(
    of model: Model, on target: BackendOptionGroup
  ) throws -> (plan: Plan, backend: any Backend) {
    do {
      let (backend, fusion, _) = try target.resolved(for: model.stepGraph().program, streams: 1)
      return (try model.stepPlan(fusion: fusion), backend)
    } catch {
      guard error.code == .notStreamable else { throw error }
      let (backend, fusion, _) = try target.resolved(
        for: model.sequenceGraph().program, streams: 1)
      return (try model.sequencePlan(fusion: fusion), backend)
    }
  }
}

extension StageListing {
  /// What the backend made of the plan.
  private static func executable(
    of model: Model, on target: BackendOptionGroup
  ) throws -> any Executable {
    let (plan, backend) = try plan(of: model, on: target)
    let options = ExecutableOptions(
      threads: target.threads, precision: target.precision.precision,
      memoryLimit: model.options.memoryLimit)
    return try backend.prepare(plan, options: options)
  }

  private static func lines(of program: Program) -> [String] {
    program.states.map { state in
      let graph = program.graph
      let output = state.outputName.map { " (\($0))" } ?? ""
      return "state \(state.name)\(output): \(graph[state.input].name) "
        + "\(graph[state.input].type) <- \(graph[state.output].name)"
        + (state.firstStep > 0 ? " from step \(state.firstStep)" : "")
    } + program.graph.listing
  }

  private static func lines(of step: StepGraph) -> [String] {
    [
      "\(counted(step.framesPerStep, "frame")) a step, delay \(step.delay), "
        + "warm-up \(step.warmUp)"
    ] + lines(of: step.program) + step.notes.map { "note: \($0)" }
  }
}
