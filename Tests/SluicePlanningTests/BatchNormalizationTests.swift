import SluiceGraph
import SluicePlanning
import Testing

@Suite("Batch normalisation folding")
struct BatchNormalizationTests {
  /// A product on `input` with `weights`, then a batch normalisation of two channels with scale
  /// 1, 2, bias 3, 4, mean 5, 6, variance 3, 15 and ε = 1: s = [½, ½], t = [½, 1].
  static func program(
    _ product: Operator, input: Shape, weights: Tensor, bias: Tensor? = nil, output: Shape
  ) -> Program {
    var graph = Graph(name: "folding")
    let x = graph.addInput("x", .float32, input)
    let w = graph.addConstant(weights, name: "w")
    let b = bias.map { graph.addConstant($0, name: "b") }
    let y = graph.addNode(
      product, [x, w, b], name: "product", type: ValueType(.float32, output))
    let parameters: [[Float]] = [[1, 2], [3, 4], [5, 6], [3, 15]]
    let constants = parameters.enumerated().map {
      graph.addConstant(Tensor($0.element), name: "p\($0.offset)")
    }
    let z = graph.addNode(
      .batchNormalization(epsilon: 1), [y] + constants, name: "bn",
      type: ValueType(.float32, output))
    graph.addOutput(z, name: "z")
    return Program(graph: graph)
  }

  @Test("A convolution takes scale and shift into weights and bias")
  func convolution() throws {
    let program = Self.program(
      .conv(Convolution()), input: [1, 1, 4],
      weights: Tensor([Float(2), 4, 6, 8], shape: [2, 1, 2]),
      bias: Tensor([Float(1), 3]), output: [1, 2, 3])
    let plan = try Plan(program, fusion: .full)
    #expect(plan.operations.map(\.name) == ["product"])
    #expect(
      plan.constants == [
        Tensor([Float(1), 2, 3, 4], shape: [2, 1, 2]), Tensor([Float(1), 2.5]),
      ])
    #expect(try Plan(program, fusion: .none).operations.map(\.name) == ["product", "bn"])
  }

  @Test("A gemm takes beta into the bias; its weights are scaled by column or, transposed, by row")
  func gemm() throws {
    for transposed in [false, true] {
      let program = Self.program(
        .gemm(Gemm(beta: 2, transposeB: transposed)), input: [1, 2],
        weights: Tensor([Float(2), 4, 6, 8], shape: [2, 2]), bias: Tensor([Float(1), 3]),
        output: [1, 2])
      let plan = try Plan(program, fusion: .full)
      #expect(plan.operations.map(\.operator) == [.gemm(Gemm(transposeB: transposed))])
      #expect(
        plan.constants == [
          Tensor([Float(1), 2, 3, 4], shape: [2, 2]), Tensor([Float(1.5), 4]),
        ])
    }
  }

  @Test("A grouped transposed convolution is scaled along its second axis, group by group")
  func transposedConvolution() throws {
    let program = Self.program(
      .convTranspose(TransposedConvolution(Convolution(groups: 2))), input: [1, 4, 1],
      weights: Tensor([Float(2), 4, 6, 8], shape: [4, 1, 1]), output: [1, 2, 1])
    let plan = try Plan(program, fusion: .full)
    #expect(
      plan.constants == [
        Tensor([Float(1), 2, 3, 4], shape: [4, 1, 1]), Tensor([Float(0.5), 1]),
      ])
  }

  @Test("A product with another reader, or variable weights, keeps its batch normalisation")
  func notFolded() throws {
    var shared = Self.program(
      .conv(Convolution()), input: [1, 1, 4], weights: Tensor([Float(2), 4], shape: [2, 1, 1]),
      output: [1, 2, 4])
    let product = try #require(shared.graph.nodes[0].outputs[0])
    shared.graph.addOutput(product, name: "y")
    #expect(try Plan(shared, fusion: .full).operations.count == 2)

    var variable = Self.program(
      .conv(Convolution()), input: [1, 1, 4], weights: Tensor([Float(2), 4], shape: [2, 1, 1]),
      output: [1, 2, 4])
    variable.graph.nodes[0].inputs[1] = variable.graph.addInput("w", .float32, [2, 1, 1])
    #expect(try Plan(variable, fusion: .full).operations.count == 2)
  }
}
