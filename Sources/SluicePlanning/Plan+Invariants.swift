extension Plan {
  /// What a plan must be, checked: one sentence for each rule that does not hold; empty if all do.
  ///
  /// - Every index is in range; an alias points at a buffer that is none, of equal byte count; a view
  ///   stays within its buffer.
  /// - An operation writes scratch only, once per buffer, and reads nothing before it is written.
  /// - Scratch is aligned, lies within `scratchByteCount`, and no two buffers alive at the same
  ///   time share a byte.
  public func violations() -> [String] {
    var found = aliasViolations()
    guard found.isEmpty else { return found }
    var spans: [Int: ClosedRange<Int>] = [:]
    for (index, operation) in operations.enumerated() {
      for buffer in operation.inputs.compactMap(\.self) {
        if let problem = read(buffer, at: index, &spans) {
          found.append("\(operation.name) \(problem)")
        }
      }
      for buffer in operation.outputs.compactMap(\.self) {
        if case .scratch = buffers[buffer].placement, spans[buffer] == nil {
          spans[buffer] = index...index
        } else {
          found.append("\(operation.name) writes buffer \(buffer), which is not its own scratch")
        }
      }
    }
    for buffer in outputs.map(\.buffer) + states.map(\.next) {
      if let problem = read(buffer, at: operations.count, &spans) {
        found.append("a result \(problem)")
      }
    }
    return found + overlaps(spans)
  }

  private func root(_ buffer: Int) -> Int { place(of: buffer).root }

  private func aliasViolations() -> [String] {
    var found: [String] = []
    let used =
      operations.flatMap { $0.inputs + $0.outputs }.compactMap(\.self)
      + (inputs + outputs).map(\.buffer) + states.flatMap { [$0.current, $0.next] }
    for buffer in used where !buffers.indices.contains(buffer) {
      found.append("buffer \(buffer) does not exist")
    }
    for (index, buffer) in buffers.enumerated() {
      if case .view(let target, let offset, let strides) = buffer.placement {
        found += viewViolations(index, target, offset, strides)
      }
      guard case .alias(let target) = buffer.placement else { continue }
      guard buffers.indices.contains(target) else {
        found.append("buffer \(index) is an alias of buffer \(target), which does not exist")
        continue
      }
      if place(of: target).root != target {
        found.append("buffer \(index) is an alias of an alias")
      }
      if buffers[target].byteCount != buffer.byteCount {
        found.append("buffer \(index) is an alias of a buffer of another size")
      }
    }
    return found
  }

  private func viewViolations(
    _ index: Int, _ target: Int, _ offset: Int, _ strides: [Int]
  ) -> [String] {
    guard buffers.indices.contains(target) else {
      return ["buffer \(index) is a view of buffer \(target), which does not exist"]
    }
    let shape = buffers[index].shape
    guard place(of: target).root == target, strides.count == shape.count else {
      return ["buffer \(index) is a view of a view, or has \(strides.count) strides"]
    }
    let reach = zip(shape, strides).map { ($0 - 1) * $1 }
    let first = offset + reach.filter { $0 < 0 }.reduce(0, +)
    let last = offset + reach.filter { $0 > 0 }.reduce(0, +)
    guard first < 0 || last >= buffers[target].count, !shape.contains(0) else { return [] }
    return ["buffer \(index) is a view of elements \(first)...\(last) of buffer \(target)"]
  }

  private func read(
    _ buffer: Int, at index: Int, _ spans: inout [Int: ClosedRange<Int>]
  ) -> String? {
    let buffer = root(buffer)
    guard case .scratch = buffers[buffer].placement else { return nil }
    guard let span = spans[buffer] else {
      return "reads buffer \(buffer) before it is written"
    }
    spans[buffer] = span.lowerBound...index
    return nil
  }

  private func overlaps(_ spans: [Int: ClosedRange<Int>]) -> [String] {
    var found: [String] = []
    let order = spans.keys.sorted()
    for (position, a) in order.enumerated() {
      guard case .scratch(let start) = buffers[a].placement, let span = spans[a] else { continue }
      let end = start + buffers[a].byteCount
      if start % ScratchLayout.alignment != 0 || end > scratchByteCount {
        found.append("buffer \(a) lies at \(start)..<\(end) of \(scratchByteCount) bytes")
      }
      for b in order[(position + 1)...] {
        guard case .scratch(let other) = buffers[b].placement, let otherSpan = spans[b],
          span.overlaps(otherSpan), start < other + buffers[b].byteCount, other < end,
          buffers[a].byteCount > 0, buffers[b].byteCount > 0
        else { continue }
        found.append("buffers \(a) and \(b) share bytes while both are alive")
      }
    }
    return found
  }
}
