import ArgumentParser
import Sluice

/// What `--gru` takes: `I,H` or `I,H,LAYERS`.
struct GRUShape: Sendable, Hashable {
  /// I, of the first layer.
  var inputSize: Int
  /// H, of every layer.
  var hiddenSize: Int
  var layers: Int
}

extension GRUShape: ExpressibleByArgument, CustomStringConvertible {
  /// nil if it is no list of two or three numbers from 1 to 65536.
  init?(argument: String) {
    guard let sizes = IntegerList(argument)?.values, (2...3).contains(sizes.count),
      sizes.allSatisfy({ (1...65536).contains($0) })
    else { return nil }
    inputSize = sizes[0]
    hiddenSize = sizes[1]
    layers = sizes.count > 2 ? sizes[2] : 1
  }

  var description: String {
    "\(inputSize),\(hiddenSize)" + (layers > 1 ? ",\(layers)" : "")
  }
}

extension Graph {
  /// One step of a stack of GRUs in PyTorch's form (`resetAfter`), weights and biases spread evenly
  /// over ±1/√H from one seed.
  ///
  ///     x [1, 1, I], h0 … [1, 1, H]  ->  y [1, 1, H] (the last layer's new state), h0_out … [1, 1, H]
  init(oneStepOf gru: GRUShape) {
    self.init(name: "gru")
    var random = SplitMix64(seed: 1)
    let units = gru.hiddenSize
    let x = addInput("x", .float32, Shape([1, 1, gru.inputSize]))
    let states = (0..<gru.layers).map { addInput("h\($0)", .float32, Shape([1, 1, units])) }
    var value = x
    for (layer, state) in states.enumerated() {
      let inputs = [value] + addWeights(of: gru, layer, &random) + [nil, state]
      value = addLast(of: .gru(GRU(Recurrence(hiddenSize: units), resetAfter: true)), inputs, layer)
      addOutput(value, name: "h\(layer)_out")
    }
    addOutput(value, name: "y")
  }

  /// The same stack over a sequence, from states of 0.
  ///
  ///     x [time, 1, I]  ->  y [time, 1, H] (the last layer's states)
  init(sequenceOf gru: GRUShape) {
    self.init(name: "gru")
    var random = SplitMix64(seed: 1)
    var value = addInput("x", .float32, Shape([.symbol("time"), 1, .size(gru.inputSize)]))
    let direction = addConstant(Tensor([Int64(1)]), name: "direction")
    for layer in 0..<gru.layers {
      let inputs = [value] + addWeights(of: gru, layer, &random)
      let states = addNode(
        .gru(GRU(Recurrence(hiddenSize: gru.hiddenSize), resetAfter: true)), inputs,
        name: "gru\(layer)")
      value = addNode(.squeeze, [states, direction], name: "squeeze\(layer)")
    }
    addOutput(value, name: "y")
  }

  /// W, U and b of a layer, spread evenly over ±1/√H.
  private mutating func addWeights(
    of gru: GRUShape, _ layer: Int, _ random: inout SplitMix64
  ) -> [ValueID?] {
    let units = gru.hiddenSize
    let limit = 1 / Float(units).squareRoot()
    let shapes = [
      [1, 3 * units, layer == 0 ? gru.inputSize : units], [1, 3 * units, units], [1, 6 * units],
    ]
    return zip(["W", "U", "b"], shapes).map { name, shape in
      let values = random.floats(shape.reduce(1, *), in: -limit...limit)
      return addConstant(Tensor(values, shape: shape), name: "\(name)\(layer)")
    }
  }

  /// Appends a recurrence of which only the state after the last step is wanted.
  private mutating func addLast(
    of recurrence: Operator, _ inputs: [ValueID?], _ layer: Int
  ) -> ValueID {
    let last = addValue("last\(layer)", ValueType(.float32, nil))
    nodes.append(
      Node(name: "gru\(layer)", operator: recurrence, inputs: inputs, outputs: [nil, last]))
    return last
  }
}
