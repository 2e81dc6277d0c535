import SluiceGraph

/// The inputs of a recurrence, taken apart. Axes and order: see `Recurrence`.
struct RecurrentProblem {
  let steps: Int
  let rows: Int
  let inputSize: Int
  /// Steps that each row runs.
  let lengths: [Int]
  private let recurrence: Recurrence
  private let gates: Int
  private let elementType: ElementType
  private let frames: [Double]
  private let inputWeights: [Double]
  private let stateWeights: [Double]
  private let biases: [Double]
  private let initial: [Double]
  private let initialCell: [Double]
  private let peepholes: [Double]

  /// - Throws: `invalid` for a length outside `0...L` and for absent weights.
  init(
    _ arguments: Arguments, _ recurrence: Recurrence, gates: Int
  ) throws(GraphError) {
    self.recurrence = recurrence
    self.gates = gates
    let x = try arguments.required(0)
    elementType = x.elementType
    (steps, rows, inputSize) = (x.shape[0], x.shape[1], x.shape[2])
    frames = try arguments.doubles(0)
    inputWeights = try arguments.doubles(1)
    stateWeights = try arguments.doubles(2)
    let directions = recurrence.direction.count
    let units = recurrence.hiddenSize
    let states = [Double](repeating: 0, count: directions * rows * units)
    biases =
      try arguments.optionalDoubles(3)
      ?? Array(repeating: 0, count: directions * 2 * gates * units)
    initial = try arguments.optionalDoubles(5) ?? states
    initialCell = try arguments.optionalDoubles(6) ?? states
    peepholes =
      try arguments.optionalDoubles(7) ?? Array(repeating: 0, count: directions * 3 * units)
    lengths = try arguments.integers(4) ?? Array(repeating: steps, count: rows)
    for length in lengths where length < 0 || length > steps {
      throw GraphError(.invalid, "a row's length is 0 to \(steps), found \(length)")
    }
  }

  /// `[I]`: what row `row` takes in at `time`.
  func frame(_ time: Int, _ row: Int) -> ArraySlice<Double> {
    frames[((time * rows + row) * inputSize)...].prefix(inputSize)
  }

  func layer(_ direction: Int) -> RecurrentLayer {
    let units = recurrence.hiddenSize
    let bias = part(biases, direction, 2 * gates * units)
    return RecurrentLayer(
      inputSize: inputSize, hiddenSize: units,
      inputWeights: part(inputWeights, direction, gates * units * inputSize),
      stateWeights: part(stateWeights, direction, gates * units * units),
      inputBias: Array(bias.prefix(gates * units)), stateBias: Array(bias.suffix(gates * units)),
      peepholes: part(peepholes, direction, 3 * units), clip: recurrence.clip.map { Double($0) },
      elementType: elementType)
  }

  func initialState(_ direction: Int, _ row: Int) -> RecurrentState {
    let index = direction * rows + row
    return RecurrentState(
      hidden: part(initial, index, recurrence.hiddenSize),
      cell: part(initialCell, index, recurrence.hiddenSize))
  }

  /// Part `index` of an array cut into parts of `length`.
  private func part(_ values: [Double], _ index: Int, _ length: Int) -> [Double] {
    Array(values[(index * length)...].prefix(length))
  }
}
