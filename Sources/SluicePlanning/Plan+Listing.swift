extension Plan {
  /// The plan as text: inputs, states, operations with the buffers they read and write, outputs,
  /// and the bytes of a stream; one line each.
  public var listing: [String] {
    var lines: [String] = []
    for port in inputs { lines.append("input \(port.name): \(describe(port.buffer))") }
    for state in states {
      let first = state.variable.firstStep
      lines.append(
        "state \(state.variable.name): \(describe(state.current)) <- \(describe(state.next))"
          + (first > 0 ? " from step \(first)" : ""))
    }
    for (index, operation) in operations.enumerated() {
      let reads = operation.inputs.map { $0.map(describe) ?? "-" }.joined(separator: ", ")
      let writes = operation.outputs.map { $0.map(describe) ?? "-" }.joined(separator: ", ")
      lines.append(
        "\(index) \(operation.name) \(operation.kind): \(reads) -> \(writes)")
    }
    for port in outputs { lines.append("output \(port.name): \(describe(port.buffer))") }
    let stateBytes = states.reduce(0) { $0 + $1.variable.initial.byteCount }
    let constantBytes = constants.reduce(0) { $0 + $1.byteCount }
    lines.append(
      "\(operations.count) operations; constants \(constantBytes) bytes; "
        + "per stream: states \(stateBytes) bytes, scratch \(scratchByteCount) bytes")
    return lines
  }

  /// `%7 float32[1, 64] scratch+128`.
  private func describe(_ buffer: Int) -> String {
    let value = buffers[buffer]
    let shape = value.shape.map(String.init).joined(separator: ", ")
    let place =
      switch value.placement {
      case .constant(let index): "constant \(index)"
      case .input(let index): "input \(index)"
      case .state(let index): "state \(index)"
      case .scratch(let offset): "scratch+\(offset)"
      case .alias(let target): "= %\(target)"
      case .view(let target, let offset, let strides): "= %\(target)+\(offset) by \(strides)"
      }
    return "%\(buffer) \(value.elementType)[\(shape)] \(place)"
  }
}
