import Sluice

/// Runs a program on the reference, without fusion, and on another backend side by side, and compares
/// every node's values in order.
///
/// Both sides carry their own states, so the first divergence is where the error arises and not where
/// it shows. Looking at every value keeps a planner from fusing across it; if nothing diverges then,
/// though the fused outputs do, each node is looked at alone.
struct Trace {
  let program: Program
  let backend: any Backend
  let fusion: Fusion
  let options: ExecutableOptions
  let tolerance: Tolerance

  /// The calls of one stream: initial states by name, and the inputs of each call in the program's order.
  struct Stream: Sendable {
    var states: [String: Tensor]
    var calls: [[Tensor]]
  }

  /// A value inside the network and the node that gives it.
  private struct Probe {
    var node: Node
    var value: ValueID
  }

  /// - Throws: what planning, preparing or running throws.
  func report(_ streams: [Stream]) throws -> TraceReport {
    let probes = program.graph.nodes.flatMap { node in
      node.outputs.compactMap { $0.map { Probe(node: node, value: $0) } }
    }
    var report = try compare(streams, at: probes)
    guard report.first == nil else { return report }
    for index in probes.indices {
      let alone = try compare(streams, at: [probes[index]])
      guard var first = alone.first else { continue }
      first.onlyFused = true
      report.first = first
      report.values[index] = alone.values[0]
      break
    }
    return report
  }

  /// Runs all calls until one diverges.
  private func compare(_ streams: [Stream], at probes: [Probe]) throws -> TraceReport {
    var probed = program
    for probe in probes { probed.graph.addOutput(probe.value) }
    let plans = (
      try Plan(probed, fusion: .none), try Plan(probed, fusion: fusion)
    )
    // Lower precisions are held against fp32, as `verify` holds outputs.
    var exact = options
    exact.precision = .fp32
    var report = TraceReport(
      backend: backend.name, calls: 0, first: nil, values: probes.map(value(of:)))
    for (stream, content) in streams.enumerated() {
      let expected = try ReferenceBackend().prepare(plans.0, options: exact)
      let actual = try backend.prepare(plans.1, options: options)
      for executable in [expected, actual] { try restore(content.states, in: executable) }
      for (call, inputs) in content.calls.enumerated() {
        try expected.call(inputs)
        try actual.call(inputs)
        report.calls += 1
        for (index, probe) in probes.enumerated() {
          let output = program.graph.outputs.count + index
          let comparison = tolerance.compare(
            actual.output(output, slot: 0).doubles(),
            with: expected.output(output, slot: 0).doubles())
          report.values[index].add(comparison)
          if report.first == nil, !comparison.passes {
            report.first = divergence(probe, comparison, stream: stream, call: call)
          }
        }
        if report.first != nil { return report }
      }
    }
    return report
  }

  private func restore(
    _ states: [String: Tensor], in executable: any Executable
  ) throws(BackendError) {
    for (index, state) in executable.plan.states.enumerated() {
      guard let tensor = states[state.variable.name] else { continue }
      try executable.setState(index, slot: 0, to: tensor)
    }
  }

  private func value(of probe: Probe) -> TraceReport.Value {
    TraceReport.Value(
      node: probe.node.name, operation: probe.node.operator.name,
      output: program.graph[probe.value].name, largest: 0, difference: 0, failures: 0)
  }

  private func divergence(
    _ probe: Probe, _ comparison: Comparison, stream: Int, call: Int
  ) -> TraceReport.Divergence {
    TraceReport.Divergence(
      stream: stream, call: call, node: probe.node.name, operation: probe.node.operator.name,
      output: program.graph[probe.value].name, difference: comparison.maximum,
      index: comparison.maximumIndex, onlyFused: false)
  }
}

extension TraceReport.Value {
  fileprivate mutating func add(_ comparison: Comparison) {
    largest = max(largest, comparison.largest)
    difference = max(difference, comparison.maximum)
    failures += comparison.failures
  }
}

extension Executable {
  /// One call of the stream in slot 0.
  fileprivate func call(_ inputs: [Tensor]) throws(BackendError) {
    write(inputs, slot: 0)
    try step([0])
  }
}
