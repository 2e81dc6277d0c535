import SluiceGraph

/// `gru`, `lstm` and `rnn`.
extension NetworkBuilder {
  mutating func addRecurrence(
    _ kind: LayerKind, _ fields: inout DescriptionFields
  ) throws(FormatError) {
    let place = fields.place
    try requireTime(place)
    let reader = try RecurrentReader(kind, &fields)
    let name = layerName(reader.prefix, kind)
    var features = try features(place)
    apply(.transpose(permutation: [1, 0, 2]), name: "\(name).to_time_major")
    let count = try reader.layerCount(weights)
    for layer in 0..<count {
      let directions = try reader.directions(layer, features: features, &weights)
      let layerName = count == 1 ? name : "\(name).l\(layer)"
      try emit(reader, directions, layerName)
      features = directions.count * directions[0].state.columns
    }
    apply(.transpose(permutation: [1, 0, 2]), name: "\(name).to_batch_major")
    frames.axes = [features]
  }

  /// One layer over `[time, batch, features]`, which it gives back too.
  private mutating func emit(
    _ reader: RecurrentReader, _ directions: [RecurrentWeights], _ name: String
  ) throws(FormatError) {
    let (count, first) = (directions.count, directions[0])
    let (height, hidden) = (first.input.rows, first.state.columns)
    let input = floats(
      directions.flatMap(\.input.values), [count, height, first.input.columns],
      "\(name).input_weights")
    let state = floats(
      directions.flatMap(\.state.values), [count, height, hidden], "\(name).state_weights")
    var bias: ValueID?
    if directions.contains(where: { $0.bias != nil }) {
      let zeros = [Float](repeating: 0, count: 2 * height)
      bias = floats(directions.flatMap { $0.bias ?? zeros }, [count, 2 * height], "\(name).bias")
    }
    let op = reader.operator(
      hiddenSize: hidden, directions, forceResetAfter: options.gruResetAfter)
    apply(op, [input, state, bias], name: name)
    if count == 1 {
      apply(.squeeze, [integers([1], "\(name).direction_axis")], name: "\(name).one_direction")
    } else {
      apply(.transpose(permutation: [0, 2, 1, 3]), name: "\(name).directions_last")
      apply(
        .reshape(allowZero: false), [integers([0, 0, count * hidden], "\(name).merged_shape")],
        name: "\(name).merged_directions")
    }
  }
}
