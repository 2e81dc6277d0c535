// GRU, LSTM, RNN. Axes as in `Recurrence`.
extension OperatorCall {
  func recurrenceTypes() throws(GraphError) -> [ValueType] {
    switch op {
    case .gru(let gru):
      try expectActivations(gru.activations, 2, gru.recurrence)
      return try types(gru.recurrence, gates: 3, inputs: 6)
    case .lstm(let lstm):
      try expectActivations(lstm.activations, 3, lstm.recurrence)
      return try types(lstm.recurrence, gates: 4, inputs: 8)
    case .rnn(let rnn):
      try expectActivations(rnn.activations, 1, rnn.recurrence)
      return try types(rnn.recurrence, gates: 1, inputs: 6)
    default: return []
    }
  }

  private func expectActivations(
    _ activations: [Activation], _ each: Int, _ recurrence: Recurrence
  ) throws(GraphError) {
    let expected = each * recurrence.direction.count
    guard activations.count == expected else {
      throw GraphError(
        .invalid, "expected \(expected) activations, found \(activations.count)")
    }
  }

  private func types(
    _ recurrence: Recurrence, gates: Int, inputs most: Int
  ) throws(GraphError) -> [ValueType] {
    try expectInputs(3...most)
    let isLSTM = most == 8
    let elementType = try floatType(0)
    try commonType([0, 1, 2, 3, 5, 6, 7])
    if isPresent(4) { try indexType(4) }
    let shape = try shape(0, ranks: 3...3)?.dimensions ?? [.unknown, .unknown, .unknown]
    let (length, rows) = (shape[0], shape[1])
    let directions = Dimension.size(recurrence.direction.count)
    let units = recurrence.hiddenSize
    guard units > 0 else {
      throw GraphError(.invalid, "expected hidden size above 0, found \(units)")
    }
    let hidden = Dimension.size(units)
    let stacked = Dimension.size(try units.multiplied(by: gates))
    try expect(1, "weights", [directions, stacked, shape[2]])
    try expect(2, "state weights", [directions, stacked, hidden])
    try expect(3, "bias", [directions, try stacked.multiplied(by: 2)])
    try expect(4, "lengths", [rows])
    try expect(5, "initial state", [directions, rows, hidden])
    try expect(6, "initial cell", [directions, rows, hidden])
    try expect(7, "peepholes", [directions, try hidden.multiplied(by: 3)])
    let last = ValueType(elementType, [directions, rows, hidden])
    let sequence = ValueType(elementType, [length, directions, rows, hidden])
    return isLSTM ? [sequence, last, last] : [sequence, last]
  }
}
