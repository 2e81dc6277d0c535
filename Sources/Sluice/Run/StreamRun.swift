/// A run over arrays, frame by frame: every row of the batch is a stream, all step together.
///
/// Between the calls of a network of whole sequences, states that the network declares go on, as they
/// would if a caller handed them from call to call; everything inside begins anew.
struct StreamRun: Sendable {
  let engine: Engine
  private let layout: RunLayout
  private let states: [StateRows]
  private var collector: OutputCollector
  /// By state and row.
  private var finals: [[Tensor?]]
  private var nanoseconds: [UInt64] = []

  /// - Parameter inputs: arrays of inputs, and initial values of states, by name.
  init(_ engine: Engine, _ inputs: [String: Tensor]) throws(SessionError) {
    self.engine = engine
    let variables = engine.stepGraph.program.states
    let names = Set(variables.map(\.name))
    try engine.checkNames(of: inputs.filter { !names.contains($0.key) })
    layout = try RunLayout(engine.frameInputs, arrays: inputs)
    var states: [StateRows] = []
    for (index, variable) in variables.enumerated() {
      states.append(
        try StateRows(variable, index: index, given: inputs[variable.name], rows: layout.rows))
    }
    self.states = states
    let outputNames = Set(variables.compactMap(\.outputName))
    collector = OutputCollector(
      engine.stepGraph.outputs.filter { !outputNames.contains($0.name) },
      timeAxis: layout.timeAxis, rows: layout.rows)
    finals = Array(
      repeating: Array(repeating: nil, count: layout.rows), count: states.count)
  }

  /// Runs everything; `reason` says why in stream mode.
  mutating func result(reason: String) throws(SessionError) -> RunResult {
    for start in stride(from: 0, to: layout.rows, by: engine.executable.slotCount) {
      try runTogether(start..<min(start + engine.executable.slotCount, layout.rows))
    }
    let calls = layout.calls ?? 1
    let hasCalls = layout.calls != nil
    var finalStates = NamedTensors()
    for (state, rows) in zip(states, finals) {
      if let name = state.variable.outputName {
        finalStates[name] = state.joined(rows.compactMap { $0 })
      }
    }
    return RunResult(
      outputs: collector.joined(hasCalls: hasCalls), finalStates: finalStates,
      insertedTimeAxes: collector.insertedTimeAxes(hasCalls: hasCalls), mode: .stream,
      modeReason: reason, backend: engine.backendChoice, calls: calls, streams: layout.rows,
      frames: layout.framesPerCall * calls,
      steps: layout.framesPerCall / engine.stepGraph.framesPerStep * calls,
      stepNanoseconds: nanoseconds, notes: notes)
  }

  /// Runs rows as streams that step together.
  mutating func run(rows: Range<Int>) throws(SessionError) {
    var streams: [LiveStream] = []
    defer {
      for stream in streams {
        engine.close(stream.id)
        engine.release(stream)
      }
    }
    for row in rows {
      let stream = try engine.openStream()
      streams.append(stream)
      for state in states {
        guard let initial = state.initial(row: row) else { continue }
        engine.executable.setState(state.index, slot: stream.slot, to: initial)
      }
    }
    for call in 0..<(layout.calls ?? 1) {
      if call > 0, layout.timeAxis != nil {
        for stream in streams { engine.beginCall(stream) }
      }
      try run(call: call, rows: rows, streams)
    }
    for (index, state) in states.enumerated() where state.variable.outputName != nil {
      for (row, stream) in zip(rows, streams) {
        finals[index][row] = engine.executable.state(state.index, slot: stream.slot)
      }
    }
  }

  private mutating func run(
    call: Int, rows: Range<Int>, _ streams: [LiveStream]
  ) throws(SessionError) {
    let arrays = layout.arrays(ofCall: call)
    for row in rows { collector.beginCall(row: row) }
    for time in 0..<layout.framesPerCall {
      let frames = layout.frames(arrays, at: time, rows: rows)
      let isStep = streams.first?.position.isStepNext == true
      let start = ContinuousClock.now
      let outputs = try engine.step(streams, frames)
      if isStep { nanoseconds.append((ContinuousClock.now - start).nanoseconds) }
      for (row, outputs) in zip(rows, outputs) { collector.add(outputs, row: row) }
    }
  }

  /// Steps timed so far.
  var stepCount: Int { nanoseconds.count }

  /// Takes over rows that a copy of this run has run, made when it had timed `stepCount` steps.
  mutating func take(_ rows: Range<Int>, of run: StreamRun, since stepCount: Int) {
    collector.take(rows, of: run.collector)
    for row in rows {
      for index in finals.indices { finals[index][row] = run.finals[index][row] }
    }
    nanoseconds += run.nanoseconds[stepCount...]
  }

  private var notes: [String] {
    var notes: [String] = []
    let left = layout.framesPerCall % engine.stepGraph.framesPerStep
    if left > 0 {
      notes.append(
        "\(left) of \(layout.framesPerCall) frames are left over: "
          + "a step takes \(engine.stepGraph.framesPerStep).")
    }
    for port in engine.stepGraph.outputs where port.delay > 0 {
      notes.append("Output '\(port.name)' is \(port.delay) frames late: it looks ahead.")
    }
    return notes
  }
}

extension Engine {
  /// Begins the next call of a network of whole sequences: the states it declares stay, the rest is
  /// as for a fresh stream.
  func beginCall(_ stream: LiveStream) {
    let slot = stream.slot
    let declared = Set(model.imported.inputs.map { model.imported[$0].name })
    let kept = stepGraph.program.states.enumerated().compactMap { index, variable in
      declared.contains(variable.name) ? (index, executable.state(index, slot: slot)) : nil
    }
    executable.reset(slot: slot)
    for (index, value) in kept { executable.setState(index, slot: slot, to: value) }
    stream.position.reset()
  }
}

extension Duration {
  /// Whole nanoseconds; 0 if negative.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }
}
