import SluiceGraph
import Testing

@Suite struct `Facts about graphs` {
  @Test func `Structure is checked`() {
    var unnamed = Graph(name: "g")
    unnamed.outputs.append(unnamed.addInput("x", .float32, []))
    expect(error: "1 outputs of graph 'g' have 0 names") { () throws(GraphError) in
      try unnamed.validate()
    }

    var twice = Graph(name: "g")
    let x = twice.addInput("x", .float32, [])
    twice.nodes.append(Node(name: "n", operator: .identity, inputs: [x], outputs: [x]))
    expect(error: "value 'x' is produced twice, the second time by node 'n'") {
      () throws(GraphError) in try twice.validate()
    }

    var early = Graph(name: "g")
    let y = early.addValue("y", ValueType(.float32, []))
    early.nodes.append(Node(name: "n", operator: .identity, inputs: [y], outputs: [y]))
    expect(error: "node 'n' reads 'y' before it is produced") { () throws(GraphError) in
      try early.validate()
    }

    var outside = Graph(name: "g")
    outside.nodes.append(
      Node(name: "n", operator: .identity, inputs: [ValueID(7)], outputs: [nil]))
    expect(error: "node 'n' reads value 7 of 0") { () throws(GraphError) in
      try outside.validate()
    }

    var absent = Graph(name: "g")
    absent.addOutput(absent.addValue("y", ValueType(.float32, [])), name: "z")
    expect(error: "output 'z' of graph 'g' is produced by nothing") { () throws(GraphError) in
      try absent.validate()
    }

    var wrong = Graph(name: "g")
    let constant = wrong.addConstant(vector(1), name: "c")
    wrong[constant].type = ValueType(.float32, [1])
    expect(error: "constant 'c': expected int64[1], found float32[1]") { () throws(GraphError) in
      try wrong.validate()
    }
  }

  static let counts: [(Operator, [[Int]?], [Int], Double)] = [
    (.gru(GRU(Recurrence(hiddenSize: 4), resetAfter: true)), [[5, 2, 3]], [5, 1, 2, 4], 2160),
    (.matMul, [[2, 3, 4], [4, 5]], [2, 3, 5], 240),
    (.gemm(Gemm(transposeA: true)), [[4, 3], [4, 5]], [3, 5], 120),
    (.conv(Convolution(groups: 2)), [[1, 4, 9], [6, 2, 3]], [1, 6, 7], 504),
    (
      .convTranspose(TransposedConvolution(Convolution(strides: [2]))), [[1, 4, 5], [4, 6, 3]],
      [1, 6, 11], 720
    ),
    (.maxPool(Pool(kernel: [3])), [[1, 4, 9]], [1, 4, 7], 84),
    (.reduce(Reduction(.sum)), [[4, 9], nil], [1, 1], 36),
    (.variadic(.sum), [[4], [4], [1]], [4], 8),
    (.unary(.tanh), [[4, 9]], [4, 9], 36),
    (.reshape(allowZero: false), [[4, 9], [1]], [36], 0),
    (.matMul, [[1 << 31, 1 << 31], [1 << 31, 1 << 31]], [1 << 31, 1 << 31], 0x1p94),
  ]

  @Test(arguments: counts) func `Operations are counted per operator`(
    op: Operator, inputs: [[Int]?], output: [Int], expected: Double
  ) {
    #expect(op.operationCount(inputs: inputs, output: output) == expected)
  }

  @Test func `Operators have the names of what they do`() {
    #expect(Operator.unary(.leakyRelu(alpha: 0.1)).name == "leakyRelu")
    #expect(Operator.reduce(Reduction(.l2)).name == "reduce.l2")
    #expect(Operator.where.name == "where")
    #expect(Operator.gather(axis: 1).name == "gather")
    #expect(Operator.constantOfShape(vector(1)).name == "constantOfShape")
  }
}
