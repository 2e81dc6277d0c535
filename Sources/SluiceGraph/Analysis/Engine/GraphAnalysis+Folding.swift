/// Constants computed from constants.
extension GraphAnalysis {
  /// A node of which every input is known, computed or not yet.
  struct Fold {
    let node: Node
    var isDone = false
  }

  /// The most operations a folded node may take. A file can ask for a product that
  /// would keep analysis busy for hours: such a node stays one.
  private static let largestFold = 0x1p30
  /// Results up to this size are computed at once.
  private static let smallByteCount = 1 << 16

  /// Registers the node as constants, if its inputs are; false if it has to stay a node.
  mutating func fold(
    _ node: Node, _ inputs: [ValueID?], _ outputs: [ValueID?], _ types: [ValueType]
  ) throws(GraphError) -> Bool {
    if case .if = node.operator { return false }
    guard inputs.allSatisfy({ $0.map(isConstant) ?? true }) else { return false }
    var byteCount = 0
    var shapes = [[Int]]()
    for type in types {
      guard let sizes = type.shape?.sizes else { return false }
      shapes.append(sizes)
      byteCount = try byteCount.adding(
        checkedElementCount(sizes).multiplied(by: type.elementType.byteCount))
    }
    let inputShapes = inputs.map { $0.flatMap { result[$0].type.shape?.sizes } }
    let operations = node.operator.operationCount(inputs: inputShapes, output: shapes.first)
    let isFast = operations <= GraphAnalysis.largestFold
    if !node.operator.keepsElements { try count(byteCount, at: node, isKept: isFast) }
    guard isFast else { return false }
    let index = folds.count
    folds.append(
      Fold(
        node: Node(
          name: node.name, operator: node.operator, inputs: inputs, outputs: outputs)))
    for case let output? in outputs { pendingFold[output.index] = index }
    let isReady = inputs.allSatisfy { $0.map { pendingFold[$0.index] == nil } ?? true }
    if isReady && byteCount <= GraphAnalysis.smallByteCount { try compute(index) }
    return true
  }

  private func isConstant(_ value: ValueID) -> Bool {
    if pendingFold[value.index] != nil { return true }
    if case .tensor = known[value.index] { return true }
    return false
  }

  /// Refuses constants beyond the limit; those that are kept count for later ones.
  private mutating func count(
    _ byteCount: Int, at node: Node, isKept: Bool
  ) throws(GraphError) {
    let total = try foldedByteCount.adding(byteCount)
    guard total <= memoryLimit else {
      throw GraphError(
        .limit,
        "constants computed in advance would take \(total) bytes, more than the limit of "
          + "\(memoryLimit)"
      ).at(node)
    }
    if isKept { foldedByteCount = total }
  }

  /// Computes a value that has been put off, with all it needs.
  mutating func compute(_ value: ValueID) throws(GraphError) {
    guard let last = pendingFold[value.index] else { return }
    var needed = Set<Int>()
    var open = [last]
    while let index = open.popLast() {
      guard needed.insert(index).inserted else { continue }
      for case let input? in folds[index].node.inputs {
        if let fold = pendingFold[input.index] { open.append(fold) }
      }
    }
    // A fold stands after those it reads from.
    for index in needed.sorted() { try compute(index) }
  }

  private mutating func compute(_ index: Int) throws(GraphError) {
    let node = folds[index].node
    guard !folds[index].isDone else { return }
    folds[index].isDone = true
    let tensors: [Tensor]
    do {
      tensors = try evaluator.evaluate(
        node.operator, inputs: node.inputs.map { $0.flatMap { tensor(of: $0) } },
        outputCount: node.outputs.count)
    } catch { throw error.at(node) }
    for (index, output) in node.outputs.enumerated() {
      guard let output else { continue }
      let expected = result[output].type
      guard index < tensors.count,
        ValueType(tensors[index].elementType, Shape(tensors[index].shape)) == expected
      else {
        let found =
          index < tensors.count
          ? "\(tensors[index].elementType)\(tensors[index].shape)" : "none"
        throw GraphError(
          .invalid, "expected output \(index) to be \(expected), the evaluator gave \(found)"
        ).at(node)
      }
      known[output.index] = .tensor(tensors[index])
      pendingFold[output.index] = nil
    }
  }

  func tensor(of value: ValueID) -> Tensor? {
    if case .tensor(let tensor) = known[value.index] { tensor } else { nil }
  }

  /// Computes what kept nodes and outputs read.
  mutating func computeNeededFolds() throws(GraphError) {
    for (node, isLive) in zip(result.nodes, result.liveNodes()) where isLive {
      for case let input? in node.inputs { try compute(input) }
    }
    for output in result.outputs { try compute(output) }
  }
}

extension Operator {
  /// Whether the output holds the input's elements in their order, so that it shares their storage.
  var keepsElements: Bool {
    switch self {
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity: true
    default: false
    }
  }
}
