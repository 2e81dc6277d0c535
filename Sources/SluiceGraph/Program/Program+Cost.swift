/// What a node or a program asks of a machine in one call.
public struct Cost: Sendable, Hashable {
  /// Floating-point operations: a multiply-add in a product counts 2, any other operator counts what
  /// its elements need, and moving data counts 0. A `Double`, so that a large program cannot overflow.
  public var operations: Double
  /// Bytes of constants read: weights.
  public var constantBytes: Double
  /// Bytes of other values read and written, each once per node that touches it.
  public var valueBytes: Double

  public init(operations: Double = 0, constantBytes: Double = 0, valueBytes: Double = 0) {
    self.operations = operations
    self.constantBytes = constantBytes
    self.valueBytes = valueBytes
  }

  public static func + (a: Cost, b: Cost) -> Cost {
    Cost(
      operations: a.operations + b.operations, constantBytes: a.constantBytes + b.constantBytes,
      valueBytes: a.valueBytes + b.valueBytes)
  }
}

/// Counting work, from the shapes alone.
extension Program {
  /// What one call costs, all nodes together.
  public var cost: Cost { graph.nodes.reduce(Cost()) { $0 + cost(of: $1) } }

  /// What `node`, one of `graph.nodes`, costs in one call.
  public func cost(of node: Node) -> Cost {
    var cost = Cost(operations: operations(of: node))
    for case let input? in node.inputs {
      if graph.constants[input] != nil {
        cost.constantBytes += bytes(of: input)
      } else {
        cost.valueBytes += bytes(of: input)
      }
    }
    for case let output? in node.outputs { cost.valueBytes += bytes(of: output) }
    return cost
  }

  private func operations(of node: Node) -> Double {
    let read = size(node.inputs.first ?? nil)
    let written = node.outputs.lazy.map(size).first { $0 > 0 } ?? 0
    switch node.operator {
    case .gru(let gru): return recurrence(gru.recurrence, gates: 3, node)
    case .lstm(let lstm): return recurrence(lstm.recurrence, gates: 4, node)
    case .rnn(let rnn): return recurrence(rnn.recurrence, gates: 1, node)
    case .gemm(let gemm):
      let shape = sizes(node.inputs.first ?? nil)
      return 2 * written * Double(gemm.transposeA ? shape.first ?? 0 : shape.last ?? 0)
    case .matMul: return 2 * written * Double(sizes(node.inputs.first ?? nil).last ?? 0)
    case .conv: return 2 * written * perChannel(node)
    case .convTranspose: return 2 * read * perChannel(node)
    case .maxPool(let pool), .averagePool(let pool):
      return pool.kernel.reduce(written) { $0 * Double($1) }
    case .globalAveragePool, .globalMaxPool, .reduce, .argMax, .topK, .cumSum: return read
    case .batchNormalization: return 2 * written
    case .layerNormalization, .instanceNormalization, .groupNormalization: return 6 * written
    case .softmax, .logSoftmax: return 4 * written
    case .variadic: return written * Double(max(node.inputs.count - 1, 1))
    case .resize: return 4 * written
    case .unary, .binary, .prelu, .clip, .where, .quantizeLinear, .dequantizeLinear: return written
    case .reshape, .flatten, .transpose, .squeeze, .unsqueeze, .concat, .split, .slice, .gather,
      .gatherElements, .scatterND, .expand, .tile, .pad, .shape, .size, .range, .constantOfShape,
      .cast, .identity, .if:
      return 0
    }
  }

  /// Both products and about 4 operations a gate and unit, for every step, row and direction.
  private func recurrence(_ recurrence: Recurrence, gates: Double, _ node: Node) -> Double {
    let shape = sizes(node.inputs.first ?? nil)
    guard shape.count == 3 else { return 0 }
    let units = Double(recurrence.hiddenSize)
    let perRow = gates * units * (2 * (Double(shape[2]) + units) + 4)
    return Double(shape[0]) * Double(shape[1]) * Double(recurrence.direction.count) * perRow
  }

  /// Elements of a convolution's weights that one output element (input element, if transposed)
  /// meets: all but the first axis.
  private func perChannel(_ node: Node) -> Double {
    sizes(node.inputs.count > 1 ? node.inputs[1] : nil).dropFirst().reduce(1) { $0 * Double($1) }
  }

  private func sizes(_ id: ValueID?) -> [Int] { id.flatMap { graph[$0].type.shape?.sizes } ?? [] }

  private func size(_ id: ValueID?) -> Double {
    guard let id, let sizes = graph[id].type.shape?.sizes else { return 0 }
    return sizes.reduce(1) { $0 * Double($1) }
  }

  private func bytes(of id: ValueID) -> Double {
    size(id) * Double(graph[id].type.elementType.byteCount)
  }
}
