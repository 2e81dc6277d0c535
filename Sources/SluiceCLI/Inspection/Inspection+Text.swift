extension Inspection {
  /// The findings for a person.
  var lines: [String] {
    var lines = ["\(model): \(counted(nodes, "node")), \(grouped(parameters)) parameters", ""]
    lines += section("inputs", ports(inputs)) + section("outputs", ports(outputs))
    lines += section("layers", layerTable.lines)
    lines += section("streaming", streamingLines)
    if let work { lines += section("work per \(work.per)", workLines(work)) }
    lines +=
      section("backend", backend.map { [$0] } ?? []) + section("unbound", unbound)
      + section("notes", notes)
    return lines.last == "" ? lines.dropLast() : lines
  }

  private func section(_ title: String, _ content: [String]) -> [String] {
    content.isEmpty ? [] : [title] + content.map { "  " + $0 } + [""]
  }

  private func ports(_ ports: [Port]) -> [String] {
    var table = Table()
    table.rows = ports.map { [$0.name, $0.type, $0.role ?? ""] }
    return table.lines
  }

  private var layerTable: Table {
    let unit = work.map { "operations/\($0.per)" } ?? "operations"
    var table = Table(
      ["name", "operator", "output", "parameters", unit], rightAligned: [3, 4])
    table.rows = layers.map { layer in
      [
        layer.name, layer.operation, layer.output, grouped(layer.parameters),
        layer.operations.map(scaled) ?? "-",
      ]
    }
    let others = nodes - layers.count
    if others > 0 {
      let listed = layers.reduce(0) { $0 + ($1.operations ?? 0) }
      table.rows.append([
        "\(counted(others, "node")) without weights", "", "", "0",
        work.map { scaled($0.operations - listed) } ?? "-",
      ])
    }
    return table
  }

  private var streamingLines: [String] {
    guard let streaming else { return ["no: \(notStreamable ?? "unknown")"] }
    var first = "yes, \(counted(streaming.framesPerStep, "frame")) a step"
    if streaming.delay > 0 { first += ", answers \(counted(streaming.delay, "frame")) late" }
    if streaming.warmUp > 0 {
      first += ", first answer after \(counted(streaming.warmUp, "frame"))"
    }
    var table = Table([], rightAligned: [2])
    table.rows = streaming.states.map { ["state \($0.name)", $0.type, bytes(Double($0.bytes))] }
    table.rows.append(["states of one stream", "", bytes(Double(streaming.stateBytes))])
    return [first] + table.lines
  }

  private func workLines(_ work: Work) -> [String] {
    [
      "\(scaled(work.operations)) operations (a multiply-add counts 2)",
      "\(bytes(work.weightBytes)) of weights read",
      "\(bytes(work.valueBytes)) of values read and written",
    ]
  }
}
