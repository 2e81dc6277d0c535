/// Joins what steps gave into one array per output.
///
/// Along the output's own time axis; an output without one gets one where the input has it, with one
/// entry per step, except in networks of one frame, whose calls are the frames. Then rows along the
/// batch axis, then calls along a new leading axis.
struct OutputCollector: Sendable {
  private let ports: [StreamPort]
  /// The input's time axis; nil for a network of one frame.
  private let timeAxis: Int?
  /// By output, row and call.
  private var parts: [[[[Tensor]]]]

  init(_ ports: [StreamPort], timeAxis: Int?, rows: Int) {
    self.ports = ports
    self.timeAxis = timeAxis
    parts = ports.map { _ in Array(repeating: [], count: rows) }
  }

  /// What comes next belongs to a new call of `row`.
  mutating func beginCall(row: Int) {
    for output in ports.indices { parts[output][row].append([]) }
  }

  mutating func add(_ outputs: NamedTensors, row: Int) {
    for (output, port) in ports.enumerated() {
      guard let tensor = outputs[port.name], !parts[output][row].isEmpty else { continue }
      parts[output][row][parts[output][row].count - 1].append(tensor)
    }
  }

  /// Takes over the rows that another collector of the same run has gathered.
  mutating func take(_ rows: Range<Int>, of other: OutputCollector) {
    for output in ports.indices {
      for row in rows { parts[output][row] = other.parts[output][row] }
    }
  }

  /// Where outputs got a time axis, in the joined arrays.
  func insertedTimeAxes(hasCalls: Bool) -> [String: Int] {
    var axes: [String: Int] = [:]
    for port in ports {
      if let axis = insertedAxis(port) { axes[port.name] = axis + (hasCalls ? 1 : 0) }
    }
    return axes
  }

  /// One array per output that had an entry in every call.
  func joined(hasCalls: Bool) -> NamedTensors {
    var outputs = NamedTensors()
    for (output, port) in ports.enumerated() {
      let rows = parts[output].compactMap { joined(calls: $0, port, hasCalls: hasCalls) }
      guard rows.count == parts[output].count else { continue }
      outputs[port.name] = joined(rows: rows, port, hasCalls: hasCalls)
    }
    return outputs
  }

  private func joined(calls: [[Tensor]], _ port: StreamPort, hasCalls: Bool) -> Tensor? {
    let sequences = calls.compactMap { joined(steps: $0, port) }
    guard sequences.count == calls.count else { return nil }
    return hasCalls ? Tensor.stacked(sequences, along: 0) : sequences.first
  }

  private func joined(steps: [Tensor], _ port: StreamPort) -> Tensor? {
    if let axis = port.timeAxis { return Tensor.concatenated(steps, along: axis) }
    guard let axis = insertedAxis(port) else { return steps.last }
    return Tensor.stacked(steps, along: axis)
  }

  private func joined(rows: [Tensor], _ port: StreamPort, hasCalls: Bool) -> Tensor? {
    guard rows.count > 1 else { return rows.first }
    guard let batchAxis = port.batchAxis else { return Tensor.stacked(rows, along: 0) }
    let isMoved = insertedAxis(port).map { $0 <= batchAxis } ?? false
    return Tensor.concatenated(
      rows, along: batchAxis + (isMoved ? 1 : 0) + (hasCalls ? 1 : 0))
  }

  private func insertedAxis(_ port: StreamPort) -> Int? {
    guard port.timeAxis == nil, let timeAxis else { return nil }
    return min(timeAxis, port.shape.count)
  }
}
