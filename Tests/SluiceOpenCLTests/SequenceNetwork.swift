import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport

/// Recurrences over whole sequences, one on another.
struct SequenceNetwork: CustomStringConvertible {
  enum Kind: CaseIterable { case gruAfter, gruBefore, lstm, rnn, reluRNN }

  var kind: Kind
  var hidden: Int
  var inputs = 20
  var length = 5
  /// Rows of a stream.
  var rows = 1
  var direction = Recurrence.Direction.forward
  /// Whether states are given; zeros if not.
  var hasInitial = true
  var hasBias = true
  var layers = 1

  var description: String {
    "\(kind) of \(hidden), \(length) steps of \(rows), \(direction), \(layers) layers"
  }

  private var gates: Int {
    switch kind {
    case .gruAfter, .gruBefore: 3
    case .lstm: 4
    case .rnn, .reluRNN: 1
    }
  }

  private var op: Operator {
    let recurrence = Recurrence(hiddenSize: hidden, direction: direction)
    return switch kind {
    case .gruAfter: .gru(GRU(recurrence, resetAfter: true))
    case .gruBefore: .gru(GRU(recurrence, resetAfter: false))
    case .lstm: .lstm(LSTM(recurrence))
    case .rnn: .rnn(RNN(recurrence))
    case .reluRNN: .rnn(RNN(recurrence, activations: [.relu]))
    }
  }

  /// y0 … of all layers, the states that the last layer ends with; inputs x, then initial states.
  func program(_ random: inout SeededRandom) throws -> Program {
    var graph = Graph(name: "\(kind)")
    var value = graph.addInput("x", .float32, Shape([length, rows, inputs]))
    for layer in 0..<layers {
      let depth = layer == 0 ? inputs : hidden
      func known(_ shape: [Int]) -> ValueID {
        let scale = 0.5 / Float(depth + hidden).squareRoot()
        let values = random.floats(shape).floats().map { $0 * scale }
        return graph.addConstant(Tensor(values, shape: shape), name: "w\(graph.values.count)")
      }
      let count = direction.count
      var list: [ValueID?] = [
        value, known([count, gates * hidden, depth]), known([count, gates * hidden, hidden]),
        hasBias ? known([count, 2 * gates * hidden]) : nil, nil,
      ]
      let states = kind == .lstm ? 2 : 1
      if hasInitial {
        for state in 0..<states {
          list.append(
            graph.addInput("h\(layer)_\(state)", .float32, Shape([count, rows, hidden])))
        }
      }
      let types = try op.outputTypes(
        inputs: list.map { $0.map { graph[$0].type } },
        constants: list.map { $0.flatMap { graph.constants[$0] } }, outputCount: states + 1)
      let outputs = types.enumerated().map { graph.addValue("y\(layer)_\($0.offset)", $0.element) }
      graph.nodes.append(
        Node(name: "layer \(layer)", operator: op, inputs: list, outputs: outputs))
      for (index, output) in outputs.enumerated() where layer == layers - 1 || index == 0 {
        graph.addOutput(output, name: "y\(layer)_\(index)")
      }
      if layer < layers - 1 {
        let shape = graph.addConstant(
          Tensor([length, rows, hidden].map(Int64.init), shape: [3]), name: "shape\(layer)")
        value = graph.addNode(
          .reshape(allowZero: false), [outputs[0], shape], name: "reshape\(layer)",
          type: ValueType(.float32, Shape([length, rows, hidden])))
      }
    }
    return Program(graph: graph)
  }

  /// An input of each port: frames, and states below 1.
  func frames(_ plan: Plan, _ random: inout SeededRandom) -> [Tensor] {
    plan.inputs.map { port in
      let shape = plan.buffers[port.buffer].shape
      let values = random.floats(shape)
      guard port.name != "x" else { return values }
      return Tensor(values.floats().map { $0 * 0.45 }, shape: shape)
    }
  }
}
