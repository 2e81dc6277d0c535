/// A run over arrays, frame by frame: every row of the batch is a stream, all step together.
///
/// Between the calls of a network of whole sequences, states that the network declares go on, as they
/// would if a caller handed them from call to call; everything inside begins anew.
struct StreamRun: Sendable {
  let engine: Engine
  private let layout: RunLayout
  private let states: [StateRows]
  /// Rows that have slots at the same time.
  private let atOnce: Int
  private var collector: OutputCollector
  /// By state and row.
  private var finals: [[Tensor?]]
  private var nanoseconds: [UInt64] = []
  /// Of rows whose device failed.
  private var recoveries: [Int: Recovery] = [:]

  /// - Parameter inputs: arrays of inputs, and initial values of states, by name.
  init(
    _ engine: Engine, _ inputs: [String: Tensor], atOnce: Int? = nil
  ) throws(SessionError) {
    self.engine = engine
    self.atOnce = min(max(1, atOnce ?? .max), engine.slotCount)
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
    for start in stride(from: 0, to: layout.rows, by: atOnce) {
      try runTogether(start..<min(start + atOnce, layout.rows))
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
      stepNanoseconds: nanoseconds,
      recoveries: recoveries.sorted { $0.key < $1.key }.map {
        RunResult.StreamRecovery(stream: $0.key, recovery: $0.value)
      }, notes: notes)
  }

  /// Runs rows as streams of one lane that step together.
  mutating func run(rows: Range<Int>, on lane: Lane) throws(SessionError) {
    var streams: [LiveStream] = []
    defer {
      for stream in streams {
        lane.close(stream.id)
        lane.release(stream)
      }
    }
    for row in rows {
      let stream = try lane.openStream()
      streams.append(stream)
      let given = states.compactMap { state in
        state.initial(row: row).map { (index: state.index, value: $0) }
      }
      if !given.isEmpty { try lane.setStates(of: stream, given) }
    }
    for call in 0..<(layout.calls ?? 1) {
      if call > 0, layout.timeAxis != nil {
        for (row, stream) in zip(rows, streams) {
          try caughtUp(stream, row: row, afterCalls: call, on: lane) { () throws(SessionError) in
            try lane.beginCall(stream, engine.model)
          }
        }
      }
      try run(call: call, rows: rows, streams, on: lane)
    }
    for (index, state) in states.enumerated() where state.variable.outputName != nil {
      for (row, stream) in zip(rows, streams) {
        finals[index][row] = try caughtUp(
          stream, row: row, afterCalls: layout.calls ?? 1, on: lane
        ) { () throws(SessionError) in
          try lane.state(state.index, of: stream)
        }
      }
    }
    for (row, stream) in zip(rows, streams) { recoveries[row] = stream.recovery }
  }

  /// Does something between two calls; once more if the stream goes back to a checkpoint.
  private func caughtUp<Value>(
    _ stream: LiveStream, row: Int, afterCalls calls: Int, on lane: Lane,
    _ body: () throws(SessionError) -> Value
  ) throws(SessionError) -> Value {
    do {
      return try body()
    } catch {
      try lane.catchUp(stream, after: error, at: calls * layout.framesPerCall) {
        layout.frame($0, row: row)
      }
      return try body()
    }
  }

  private mutating func run(
    call: Int, rows: Range<Int>, _ streams: [LiveStream], on lane: Lane
  ) throws(SessionError) {
    let arrays = layout.arrays(ofCall: call)
    for row in rows { collector.beginCall(row: row) }
    for time in 0..<layout.framesPerCall {
      let frames = layout.frames(arrays, at: time, rows: rows)
      let isStep = streams.first?.position.isStepNext == true
      let start = ContinuousClock.now
      let taken = lane.step(streams, frames)
      if isStep { nanoseconds.append((ContinuousClock.now - start).nanoseconds) }
      for (index, row) in rows.enumerated() {
        let outputs = try lane.caughtUp(
          streams[index], at: call * layout.framesPerCall + time, taken[index]
        ) { layout.frame($0, row: row) }
        collector.add(outputs, row: row)
      }
    }
  }

  var rowCount: Int { layout.rows }

  /// Steps timed so far.
  var stepCount: Int { nanoseconds.count }

  /// Takes over rows that a copy of this run has run, made when it had timed `stepCount` steps.
  mutating func take(_ rows: Range<Int>, of run: StreamRun, since stepCount: Int) {
    collector.take(rows, of: run.collector)
    for row in rows {
      for index in finals.indices { finals[index][row] = run.finals[index][row] }
      recoveries[row] = run.recoveries[row]
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
    return notes + engine.executableNotes
  }
}

extension Lane {
  /// Begins the next call of a network of whole sequences: the states it declares stay, the rest is
  /// as for a fresh stream.
  func beginCall(_ stream: LiveStream, _ model: Model) throws(SessionError) {
    let declared = Set(model.imported.inputs.map { model.imported[$0].name })
    var kept: [(index: Int, value: Tensor)] = []
    for (index, variable) in stepGraph.program.states.enumerated()
    where declared.contains(variable.name) {
      kept.append((index, try state(index, of: stream)))
    }
    try reset(stream)
    if !kept.isEmpty { try setStates(of: stream, kept) }
  }
}

extension Duration {
  /// Whole nanoseconds; 0 if negative.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }
}
