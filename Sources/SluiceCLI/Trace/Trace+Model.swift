import Sluice

extension Trace {
  /// Runs a network over arrays once more, value by value.
  ///
  /// - Parameter mode: `stream` or `sequence`: what the run that is looked into was.
  static func report(
    _ model: Model, _ arrays: [String: Tensor], mode: RunMode, on target: BackendOptionGroup,
    tolerance: Tolerance
  ) throws -> TraceReport {
    let recorder = CallRecorder()
    var options = target.engineOptions
    options.backend = .using(recorder)
    options.device = nil
    _ = try model.run(arrays, mode: mode, options: options)
    guard let recording = recorder.recording else {
      throw CommandError(.refused, "--trace: the run made no call")
    }
    let program = try program(of: model, arrays, mode: mode, recording)
    let (backend, fusion, _) =
      mode == .sequence
      ? try target.selection.resolved(device: target.device)
      : try target.resolved(for: program, streams: recording.streams.count)
    let trace = Trace(
      program: program, backend: backend,
      fusion: fusion,
      options: ExecutableOptions(
        slots: 1, threads: target.threads, precision: target.precision.precision,
        memoryLimit: model.options.memoryLimit), tolerance: tolerance)
    return try trace.report(recording.streams)
  }

  /// The program that was recorded. Arrays that it does not take as frames were bound: they are part
  /// of it.
  private static func program(
    of model: Model, _ arrays: [String: Tensor], mode: RunMode, _ recording: Recording
  ) throws -> Program {
    let shapes = Dictionary(uniqueKeysWithValues: recording.inputs.map { ($0.name, $0.shape) })
    let states = (try? model.stepGraph().program.states.map(\.name)) ?? []
    let bound = arrays.filter { shapes[$0.key] == nil && !states.contains($0.key) }
    if mode == .sequence {
      return try model.sequenceGraph(inputShapes: shapes, inputs: bound).program
    }
    guard !bound.isEmpty else { return try model.stepGraph().program }
    var options = model.options
    options.inputs.merge(bound) { said, _ in said }
    return try Model(graph: model.imported, name: model.name, options: options).stepGraph().program
  }
}
