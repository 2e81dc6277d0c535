import Glibc
import SluiceGraph

// Batch normalisation in its inference form is one scale and one shift per channel:
//
//     y = s ⊙ x + t        s = scale / √(variance + ε),  t = bias − s ⊙ mean
//
// so behind a product with constant weights, x = W u + b, it becomes that product with the rows of W
// scaled by s and the bias s ⊙ b + t. Both are worked out in double and rounded once.

extension Program {
  /// Folds each batch normalisation with constant parameters into the convolution, transposed
  /// convolution or gemm before it, where that has constant float32 weights and no other reader.
  mutating func foldBatchNormalizations() {
    let readers = readerCounts()
    var producers: [ValueID: Int] = [:]
    var kept: [Int] = []
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      if case .batchNormalization(let epsilon) = node.operator, let input = node.inputs[0],
        readers[input] == 1, let product = producers[input],
        let affine = ChannelAffine(node, epsilon: epsilon, graph: graph),
        let weights = ScaledWeights(graph.nodes[product], by: affine, graph: graph)
      {
        install(weights, in: product, output: node.outputs[0], name: node.name)
        if let output = node.outputs[0] { producers[output] = product }
      } else {
        for output in node.outputs.compactMap(\.self) { producers[output] = index }
        kept.append(index)
      }
    }
    graph.nodes = kept.map { graph.nodes[$0] }
  }

  private func readerCounts() -> [ValueID: Int] {
    var readers: [ValueID: Int] = [:]
    for value in graph.nodes.flatMap(\.inputs).compactMap(\.self) {
      readers[value, default: 0] += 1
    }
    for value in graph.outputs + states.map(\.output) { readers[value, default: 0] += 1 }
    return readers
  }

  private mutating func install(
    _ weights: ScaledWeights, in product: Int, output: ValueID?, name: String
  ) {
    let w = graph.addConstant(weights.weights, name: "\(name).weights")
    let b = graph.addConstant(weights.bias, name: "\(name).bias")
    graph.nodes[product].operator = weights.operator
    graph.nodes[product].inputs = [graph.nodes[product].inputs[0], w, b]
    graph.nodes[product].outputs = [output]
  }
}

extension Graph {
  /// The elements of a node's float32 constant input.
  fileprivate func constantFloats(_ node: Node, _ input: Int) -> Tensor? {
    guard node.inputs.indices.contains(input), let value = node.inputs[input],
      let tensor = constants[value], tensor.elementType == .float32
    else { return nil }
    return tensor
  }
}

/// s and t of a batch normalisation with constant parameters.
private struct ChannelAffine {
  var scale: [Double]
  var shift: [Double]

  init?(_ node: Node, epsilon: Float, graph: Graph) {
    let parameters = (1...4).compactMap { graph.constantFloats(node, $0)?.doubles() }
    guard parameters.count == 4, Set(parameters.map(\.count)).count == 1 else { return nil }
    let (gain, bias, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
    scale = gain.indices.map { gain[$0] / (variance[$0] + Double(epsilon)).squareRoot() }
    shift = bias.indices.map { [scale] in bias[$0] - scale[$0] * mean[$0] }
    guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else { return nil }
  }
}

/// A product with the affine map behind it multiplied in.
private struct ScaledWeights {
  var `operator`: Operator
  var weights: Tensor
  var bias: Tensor

  /// nil where the node is no product, its weights are not constant or do not fit the channels.
  init?(_ node: Node, by affine: ChannelAffine, graph: Graph) {
    guard let old = graph.constantFloats(node, 1), old.count > 0,
      let oldBias = Self.bias(node, channels: affine.scale.count, graph: graph),
      let channel = Self.channelOfWeight(node.operator, shape: old.shape, affine.scale.count)
    else { return nil }
    `operator` = node.operator
    var gain = 1.0
    if case .gemm(var gemm) = node.operator {
      gain = Double(gemm.beta)
      gemm.beta = 1
      `operator` = .gemm(gemm)
    }
    let values = old.doubles()
    weights = Tensor(
      values.indices.map { Float(values[$0] * affine.scale[channel($0)]) }, shape: old.shape)
    bias = Tensor(
      affine.scale.indices.map {
        Float(affine.scale[$0] * gain * oldBias[$0] + affine.shift[$0])
      })
  }

  /// The bias per channel: zeros where there is none, nil where it is no constant per channel.
  private static func bias(_ node: Node, channels: Int, graph: Graph) -> [Double]? {
    guard node.inputs.count > 2, node.inputs[2] != nil else {
      return Array(repeating: 0, count: channels)
    }
    guard let tensor = graph.constantFloats(node, 2) else { return nil }
    if tensor.count == 1 { return Array(repeating: tensor.doubles()[0], count: channels) }
    return tensor.count == channels && tensor.shape.last == channels ? tensor.doubles() : nil
  }

  /// Which channel of the output an element of the weights belongs to.
  private static func channelOfWeight(
    _ op: Operator, shape: [Int], _ channels: Int
  ) -> ((Int) -> Int)? {
    switch op {
    case .conv:
      guard shape[0] == channels else { return nil }
      let size = shape.dropFirst().reduce(1, *)
      return { $0 / size }
    case .convTranspose(let attributes):
      let groups = attributes.convolution.groups
      guard groups > 0, shape[0] % groups == 0, shape[1] * groups == channels else { return nil }
      let (perGroup, rows) = (shape[1], shape[0] / groups)
      let size = shape.dropFirst(2).reduce(1, *)
      return { $0 / size / perGroup / rows * perGroup + $0 / size % perGroup }
    case .gemm(let gemm):
      let columns = shape[1]
      guard shape[gemm.transposeB ? 0 : 1] == channels else { return nil }
      return gemm.transposeB ? { $0 / columns } : { $0 % columns }
    default: return nil
    }
  }
}
