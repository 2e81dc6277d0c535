import SluiceGraph

extension Graph {
  /// The values whose elements a node only moves, where all else it reads is known; nil for every
  /// other node.
  func movedInputs(of node: Node) -> [ValueID?]? {
    func known(_ inputs: some Sequence<ValueID?>) -> Bool {
      inputs.allSatisfy { $0.map { constants[$0] != nil } ?? true }
    }
    let first = Array(node.inputs.prefix(1))
    switch node.operator {
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity, .transpose, .expand: return first
    case .cast:
      guard let input = node.inputs.first ?? nil, let output = node.outputs.first ?? nil,
        self[input].type.elementType == self[output].type.elementType
      else { return nil }
      return first
    case .split, .slice, .gather: return known(node.inputs.dropFirst()) ? first : nil
    case .pad(.constant): return known(node.inputs.dropFirst()) ? first : nil
    case .concat: return node.inputs
    case .scatterND(.none):
      guard node.inputs.count == 3, known(node.inputs[1..<2]) else { return nil }
      return [node.inputs[0], node.inputs[2]]
    default: return nil
    }
  }
}

extension Planner {
  /// Arrangements of more pieces are copied together before they are moved on.
  private static var pieceLimit: Int { 32 }

  /// Turns a node that only moves elements into arrangements; false if it is none, or not one of
  /// boxes and strides.
  mutating func move(_ node: Node) throws(PlanError) -> Bool {
    guard let moved = graph.movedInputs(of: node), !moved.contains(nil) else { return false }
    var inputs: [Arrangement] = []
    for value in moved.compactMap(\.self) {
      inputs.append(try arrangement(value, by: "node '\(node.name)'"))
    }
    if let results = results(of: node, inputs) {
      record(results, node)
      return true
    }
    // Perhaps the pieces or their strides stand in the way.
    let scattered = inputs.indices.filter { !(inputs[$0].view?.isContiguous ?? false) }
    guard !scattered.isEmpty else { return false }
    let values = moved.compactMap(\.self)
    for index in scattered {
      let buffer = try buffer(values[index], by: "node '\(node.name)'")
      inputs[index] = Arrangement(buffer: buffer, shape: inputs[index].shape)
    }
    guard let results = results(of: node, inputs) else { return false }
    record(results, node)
    return true
  }

  /// What is nothing but a fill has no buffer to take its type from: it stays a node.
  private func results(of node: Node, _ inputs: [Arrangement]) -> [Arrangement?]? {
    guard let results = Movement(node, graph: graph).results(inputs) else { return nil }
    let isFound = results.compactMap(\.self).allSatisfy { arrangement in
      arrangement.pieces.contains { piece in
        if case .buffer = piece.source { true } else { false }
      }
    }
    return isFound ? results : nil
  }

  private mutating func record(_ results: [Arrangement?], _ node: Node) {
    for case (let value?, let result?) in zip(node.outputs, results) {
      setForm(value, .arrangement(result))
    }
  }

  /// A value as boxes of buffers.
  private mutating func arrangement(
    _ value: ValueID, by reader: String
  ) throws(PlanError) -> Arrangement {
    switch try form(value, by: reader) {
    case .arrangement(let arrangement):
      guard arrangement.pieces.count > Self.pieceLimit else { return arrangement }
      let buffer = try assemble(arrangement, as: value)
      return Arrangement(buffer: buffer, shape: arrangement.shape)
    case .pending(let group):
      try flush(group)
      return try arrangement(value, by: reader)
    case .buffer(let buffer): return Arrangement(buffer: buffer, shape: buffers[buffer].shape)
    }
  }

  /// Copies an arrangement into a buffer of its value.
  mutating func assemble(
    _ arrangement: Arrangement, as value: ValueID
  ) throws(PlanError) -> Int {
    var inputs: [Int] = []
    let pieces = arrangement.pieces.map { piece in
      var input: Int?
      var fill: [UInt8] = []
      switch piece.source {
      case .fill(let bytes): fill = bytes
      case .buffer(let buffer):
        let known = inputs.firstIndex(of: buffer)
        input = known ?? inputs.count
        if known == nil { inputs.append(buffer) }
      }
      return Plan.AssemblyPiece(
        input: input, fill: fill, start: piece.start, sizes: piece.sizes, offset: piece.offset,
        strides: piece.strides)
    }
    try emit(graph[value].name, .assembly(pieces), inputs, outputs: [value])
    return buffers.count - 1
  }
}
