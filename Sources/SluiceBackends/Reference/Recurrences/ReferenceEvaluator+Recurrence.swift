import SluiceGraph

/// GRU, LSTM and RNN: what they share stands at `Recurrence`, the equations at their types.
extension ReferenceEvaluator {
  func recurrence(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .gru(let gru):
      let activations = try perDirection(gru.activations, 2, gru.recurrence)
      let cells = activations.map {
        GRUCell(resetAfter: gru.resetAfter, gate: $0[0], candidate: $0[1])
      }
      return try run(cells, gru.recurrence, gates: 3, arguments)
    case .lstm(let lstm):
      let activations = try perDirection(lstm.activations, 3, lstm.recurrence)
      let cells = activations.map {
        LSTMCell(
          inputForget: lstm.inputForget, gate: $0[0], candidate: $0[1], output: $0[2])
      }
      return try run(cells, lstm.recurrence, gates: 4, arguments)
    case .rnn(let rnn):
      let activations = try perDirection(rnn.activations, 1, rnn.recurrence)
      return try run(
        activations.map { RNNCell(activation: $0[0]) }, rnn.recurrence, gates: 1, arguments)
    default: throw GraphError(.unsupported, "\(op.name) is not a recurrence")
    }
  }

  private func perDirection(
    _ activations: [Activation], _ count: Int, _ recurrence: Recurrence
  ) throws(GraphError) -> [[Activation]] {
    let directions = recurrence.direction.count
    guard activations.count == count * directions else {
      throw GraphError(
        .invalid, "\(count * directions) activations are expected, found \(activations.count)")
    }
    return (0..<directions).map { Array(activations[($0 * count)...].prefix(count)) }
  }

  /// Runs every direction and row over its steps.
  private func run(
    _ cells: [some RecurrentCell], _ recurrence: Recurrence, gates: Int, _ arguments: Arguments
  ) throws(GraphError) -> [Tensor] {
    let problem = try RecurrentProblem(arguments, recurrence, gates: gates)
    var sequence = [Double](
      repeating: 0, count: problem.steps * cells.count * problem.rows * recurrence.hiddenSize)
    var last: [Double] = []
    var lastCell: [Double] = []
    for (direction, cell) in cells.enumerated() {
      let layer = problem.layer(direction)
      let backward = recurrence.direction == .reverse || direction == 1
      for row in 0..<problem.rows {
        var state = problem.initialState(direction, row)
        let length = problem.lengths[row]
        for step in 0..<length {
          let time = backward ? length - 1 - step : step
          cell.advance(&state, by: problem.frame(time, row), layer)
          let start = (time * cells.count + direction) * problem.rows + row
          sequence.replaceSubrange(
            (start * layer.hiddenSize)..<((start + 1) * layer.hiddenSize), with: state.hidden)
        }
        last += state.hidden
        lastCell += state.cell
      }
    }
    let states = [cells.count, problem.rows, recurrence.hiddenSize]
    return [
      arguments.rounded(sequence, shape: [problem.steps] + states),
      arguments.rounded(last, shape: states), arguments.rounded(lastCell, shape: states),
    ]
  }
}
