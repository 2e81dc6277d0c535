import SluiceGraph
import Testing

@Suite struct `Shape rules of recurrences` {
  static let gru = Operator.gru(GRU(Recurrence(hiddenSize: 8), resetAfter: true))
  static let both = Recurrence(hiddenSize: 8, direction: .bidirectional)
  static let lstm = Operator.lstm(LSTM(both))
  static let rnn = Operator.rnn(RNN(Recurrence(hiddenSize: 8)))

  static let cases: [RuleCase] = [
    .gives(
      gru, ["float32[5, 2, 3]", "float32[1, 24, 3]", "float32[1, 24, 8]"], [:],
      "float32[5, 1, 2, 8]", "float32[1, 2, 8]"),
    .gives(
      gru,
      [
        "float32[time, batch, 3]", "float32[1, 24, 3]", "float32[1, 24, 8]", "float32[1, 48]",
        "int32[batch]", "float32[1, batch, 8]",
      ], [:], "float32[time, 1, batch, 8]", "float32[1, batch, 8]"),
    .gives(
      gru, ["float32[?]", "float32[1, 24, 3]", "float32[?]"], [:],
      "float32[?, 1, ?, 8]", "float32[1, ?, 8]"),
    .gives(
      lstm,
      [
        "float32[5, 2, 3]", "float32[2, 32, 3]", "float32[2, 32, 8]", nil, nil, nil,
        "float32[2, 2, 8]", "float32[2, 24]",
      ], [:], "float32[5, 2, 2, 8]", "float32[2, 2, 8]", "float32[2, 2, 8]"),
    .gives(
      rnn, ["float64[5, 2, 3]", "float64[1, 8, 3]", "float64[1, 8, 8]", "float64[1, 16]"], [:],
      "float64[5, 1, 2, 8]", "float64[1, 2, 8]"),
    .fails(
      gru, ["float32[5, 2, 3]", "float32[1, 24, 4]", "float32[1, 24, 8]"], [:],
      "input 1 (weights): expected shape [1, 24, 3], found [1, 24, 4]"),
    .fails(
      gru, ["float32[5, 2, 3]", "float32[1, 24, 3]", "float32[1, 32, 8]"], [:],
      "input 2 (state weights): expected shape [1, 24, 8], found [1, 32, 8]"),
    .fails(
      gru,
      ["float32[5, 2, 3]", "float32[1, 24, 3]", "float32[1, 24, 8]", nil, nil, "float32[1, 3, 8]"],
      [:], "input 5 (initial state): expected shape [1, 2, 8], found [1, 3, 8]"),
    .fails(
      gru, ["float32[5, 3]", "float32[1, 24, 3]", "float32[1, 24, 8]"], [:],
      "input 0: expected rank 3, found shape [5, 3]"),
    .fails(gru, ["float32[5, 2, 3]", nil, "float32[1, 24, 8]"], [:], "input 1 is absent"),
    .fails(gru, ["float32[5, 2, 3]"], [:], "expected 3 to 6 inputs, found 1"),
    .fails(
      gru, ["float32[5, 2, 3]", "float64[1, 24, 3]", "float32[1, 24, 8]"], [:],
      "input 1: expected float32 like input 0, found float64"),
    .fails(
      gru, ["int64[5, 2, 3]", "int64[1, 24, 3]", "int64[1, 24, 8]"], [:],
      "input 0: expected a floating-point type, found int64"),
    .fails(
      gru, ["float32[5, 2, 3]", "float32[1, 24, 3]", "float32[1, 24, 8]"], [:],
      "expected at most 2 outputs, found 3", outputs: 3),
    .fails(
      .gru(GRU(both, resetAfter: true, activations: [.sigmoid, .tanh])),
      ["float32[5, 2, 3]", "float32[2, 24, 3]", "float32[2, 24, 8]"], [:],
      "expected 4 activations, found 2"),
    .fails(
      .rnn(RNN(Recurrence(hiddenSize: 0))),
      ["float32[5, 2, 3]", "float32[1, 0, 3]", "float32[1, 0, 0]"], [:],
      "expected hidden size above 0, found 0"),
    .fails(
      .lstm(LSTM(Recurrence(hiddenSize: .max / 2))),
      ["float32[5, 2, 3]", "float32[1, 0, 3]", "float32[1, 0, 0]"], [:],
      "size 4611686018427387903 * 4 is beyond 2^63"),
  ]

  @Test(arguments: cases) func `A recurrence's types follow from its inputs`(
    ruleCase: RuleCase
  ) throws {
    try ruleCase.check()
  }
}
