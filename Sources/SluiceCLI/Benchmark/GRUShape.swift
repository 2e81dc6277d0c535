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
    let limit = 1 / Float(units).squareRoot()
    func weights(_ shape: [Int]) -> Tensor {
      Tensor(random.floats(shape.reduce(1, *), in: -limit...limit), shape: shape)
    }
    let x = addInput("x", .float32, Shape([1, 1, gru.inputSize]))
    let states = (0..<gru.layers).map { addInput("h\($0)", .float32, Shape([1, 1, units])) }
    var value = x
    for (layer, state) in states.enumerated() {
      let width = layer == 0 ? gru.inputSize : units
      let inputs = [
        value, addConstant(weights([1, 3 * units, width]), name: "W\(layer)"),
        addConstant(weights([1, 3 * units, units]), name: "U\(layer)"),
        addConstant(weights([1, 6 * units]), name: "b\(layer)"), nil, state,
      ]
      value = addLast(of: .gru(GRU(Recurrence(hiddenSize: units), resetAfter: true)), inputs, layer)
      addOutput(value, name: "h\(layer)_out")
    }
    addOutput(value, name: "y")
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
