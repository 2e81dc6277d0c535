/// A run over arrays in whole calls: the leading axis, where arrays have one, counts the calls.
///
/// States that the network declares and whose pairs are known go from call to call, as in a stream.
struct SequenceRun {
  private let model: Model
  private let options: EngineOptions
  private let entry: BackendCatalogue.Entry
  private let decision: BackendDecision
  /// Declared states: the input's name and the output's.
  private let pairs: [(input: String, output: String)]
  /// Arrays without the leading axis, states included; changed as states go on.
  private var repeated: [String: Tensor]
  private let perCall: [String: Tensor]
  private let calls: Int?
  private var outputs: [String: [Tensor]] = [:]
  private var nanoseconds: [UInt64] = []
  private var prepared: (key: SequencePlanKey, executable: any Executable)?
  /// Of executables for other shapes.
  private var notes: [String] = []

  init(_ model: Model, _ inputs: [String: Tensor], _ options: EngineOptions) throws(SluiceError) {
    self.model = model
    self.options = options
    (entry, decision) = try BackendCatalogue.standard.choose(
      options.backend, device: options.device)
    let streaming = (try? model.stepGraph())?.program.states ?? []
    pairs = model.declaredPairs(streaming)
    let arrays = try SequenceArrays(inputs, of: model, states: streaming)
    (repeated, perCall, calls) = (arrays.repeated, arrays.perCall, arrays.calls?.count)
  }

  mutating func result(reason: String) throws(SluiceError) -> RunResult {
    for call in 0..<(calls ?? 1) { try run(call: call) }
    let stateNames = Set(pairs.map(\.output))
    var joined = NamedTensors()
    var finalStates = NamedTensors()
    for name in model.imported.outputNames {
      guard let parts = outputs[name] else { continue }
      if stateNames.contains(name) {
        finalStates[name] = parts.last
      } else {
        joined[name] = try join(parts, name)
      }
    }
    return RunResult(
      outputs: joined, finalStates: finalStates, insertedTimeAxes: [:], mode: .sequence,
      modeReason: reason, backend: decision, calls: calls ?? 1, streams: 1, frames: 0,
      steps: calls ?? 1, stepNanoseconds: nanoseconds,
      notes: notes + (prepared?.executable.notes ?? []))
  }

  private func join(_ parts: [Tensor], _ name: String) throws(SluiceError) -> Tensor? {
    guard calls != nil else { return parts.first }
    guard parts.allSatisfy({ $0.shape == parts[0].shape }) else {
      throw SluiceError(.inputRefused, "output '\(name)' changes its shape from call to call")
    }
    return Tensor.stacked(parts, along: 0)
  }

  private mutating func run(call: Int) throws(SluiceError) {
    var arrays = repeated
    for (name, array) in perCall { arrays[name] = array.entry(call, along: 0) }
    let executable = try prepare(arrays)
    let start = ContinuousClock.now
    for (index, port) in executable.plan.inputs.enumerated() {
      let buffer = executable.plan.buffers[port.buffer]
      guard let array = arrays[port.name]?.taken(as: buffer.elementType),
        array.shape == buffer.shape
      else {
        let found = arrays[port.name].map { "\($0.elementType)\($0.shape)" } ?? "nothing"
        throw SluiceError(
          .inputRefused,
          "'\(port.name)' is \(buffer.elementType)\(buffer.shape); found \(found)")
      }
      unsafe array.withUnsafeBytes { unsafe executable.write(input: index, slot: 0, from: $0) }
    }
    do { try executable.step([0]) } catch { throw SluiceError(error) }
    for (index, port) in executable.plan.outputs.enumerated() {
      let buffer = executable.plan.buffers[port.buffer]
      let tensor = executable.tensor(
        output: index, slot: 0, elementType: buffer.elementType, shape: buffer.shape)
      outputs[port.name, default: []].append(tensor)
    }
    nanoseconds.append((ContinuousClock.now - start).nanoseconds)
    for (input, output) in pairs { repeated[input] = outputs[output]?.last ?? repeated[input] }
  }

  /// The executable for these shapes; the last one if nothing changed.
  private mutating func prepare(_ arrays: [String: Tensor]) throws(SluiceError) -> any Executable {
    let binding = try model.sequenceBinding(for: arrays)
    let key = SequencePlanKey(binding: binding, fusion: entry.fusion)
    if let prepared {
      if prepared.key == key { return prepared.executable }
      notes += prepared.executable.notes
    }
    let plan = try model.sequencePlan(
      inputShapes: binding.inputShapes, inputs: binding.inputs, fusion: entry.fusion)
    let executable = try Placement(plan, on: entry.backend, slots: 1, options, model).executable
    prepared = (key, executable)
    return executable
  }
}

extension Model {
  func runSequence(
    _ inputs: [String: Tensor], _ options: EngineOptions, reason: String
  ) throws(SluiceError) -> RunResult {
    var run = try SequenceRun(self, inputs, options)
    return try run.result(reason: reason)
  }

  /// States that are inputs of the file, with the outputs that carry them on.
  func declaredPairs(_ states: [StateVariable]) -> [(input: String, output: String)] {
    let inputs = Set(imported.inputs.map { imported[$0].name })
    let found = states.compactMap { state in
      state.outputName.map { (input: state.name, output: $0) }
    }
    let said = options.states.map { (input: $0.key, output: $0.value) }
    return (found.isEmpty ? said : found).filter { inputs.contains($0.input) }
  }

  /// What a call with these arrays binds: every shape, and the values of inputs that decide shapes.
  func sequenceBinding(for arrays: [String: Tensor]) throws(SluiceError) -> SequenceBinding {
    let shapes = arrays.filter { !isBound($0.key) }.mapValues(\.shape)
    var binding = SequenceBinding(inputShapes: shapes, inputs: options.inputs)
    for input in try graph.unbound.inputs {
      guard let array = arrays[input.name], !isBound(input.name) else { continue }
      binding.inputs[input.name] = try decidingValue(array, of: input.name)
      binding.inputShapes[input.name] = nil
    }
    return binding
  }
}
