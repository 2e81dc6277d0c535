import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Where the cell of a recurrence finds and leaves its values.
struct RecurrentPlaces {
  var hidden: WidePlace
  /// The cell of an LSTM.
  var cell = WidePlace.nothing
  var peepholes: Operand?
  var y: WidePlace
  var last: WidePlace
  var lastCell = WidePlace.nothing
}

extension DeviceLowering {
  /// One step of one row with known weights and given states; nil where it has no wide form.
  mutating func wideRecurrence(
    _ view: OperationView, _ form: RecurrentForm
  ) throws(Fallback) -> [DeviceCall]? {
    guard isWide(form), form.length == 1, form.rows == 1, form.recurrence.direction.count == 1,
      view.input(4) == nil, view.strides(0)[2] == 1, let weights = wideWeights(view, form, 0),
      isRow(view, 5)
    else { return nil }
    var places = RecurrentPlaces(
      hidden: .operand(view.operand(5)), y: .operand(view.result(0)),
      last: .operand(view.result(1)))
    if case .lstm = form.cell {
      guard isRow(view, 6), view.input(7) == nil || view.strides(7).last == 1 else { return nil }
      places.cell = .operand(view.operand(6))
      places.peepholes = view.input(7) == nil ? nil : view.operand(7)
      places.lastCell = .operand(view.result(2))
    }
    let cell = WideCell(
      file: "", sums: form.gates, units: form.hidden,
      products: [
        WideProduct(factors: .operand(view.operand(0)), depth: form.inputs, values: weights.input),
        WideProduct(factors: places.hidden, depth: form.hidden, values: weights.state),
      ], starts: weights.biases)
    return try cells(
      form, 0, cell, places, note: "wide, \(form.hidden) units\(precisionNote)")
  }

  /// Whether a recurrence has launches of its own.
  func isWide(_ form: RecurrentForm) -> Bool {
    isWide(
      form.gates * form.hidden * (form.inputs + form.hidden), depth: max(form.inputs, form.hidden))
  }

  /// W and U of a direction and what `wideBiases` gives; nil where they are not known.
  func wideWeights(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int
  ) -> (input: [Float], state: [Float], biases: [Float])? {
    guard let w = view.input(1).flatMap(view.knownValue)?.floats(),
      let u = view.input(2).flatMap(view.knownValue)?.floats(),
      let biases = wideBiases(view, form, direction)
    else { return nil }
    func part(_ values: [Float], _ depth: Int) -> [Float] {
      let count = form.gates * form.hidden * depth
      return Array(values[direction * count..<(direction + 1) * count])
    }
    return (part(w, form.inputs), part(u, form.hidden), biases)
  }

  /// The launches of a step: one, or two where the reset gate comes before the product.
  ///
  /// - Parameter cell: sums, units, products and starts, whatever the kind of recurrence.
  mutating func cells(
    _ form: RecurrentForm, _ direction: Int, _ cell: WideCell, _ places: RecurrentPlaces,
    note: String
  ) throws(Fallback) -> [DeviceCall] {
    var cell = cell
    let macros = activations(form, direction, width: wideWidth)
    let results = [("Y", places.y), ("LAST", places.last)]
    switch form.cell {
    case .gru(resetAfter: true):
      (cell.file, cell.keeps) = ("gru_step", true)
      return [
        wideCall(
          cell, reads: [("HIDDEN", places.hidden)], writes: results, macros: macros, note: note)
      ]
    case .gru(resetAfter: false):
      return try resettingFirst(cell, places, macros, note)
    case .lstm(let coupled):
      cell.file = "lstm_step"
      return [
        wideCall(
          cell, reads: [("CELL", places.cell), ("PEEPHOLES", .operand(places.peepholes))],
          writes: results + [("LAST_CELL", places.lastCell)],
          macros: macros + [("COUPLED", coupled ? "1" : "0")], note: note)
      ]
    case .rnn:
      cell.file = "rnn_step"
      return [wideCall(cell, reads: [], writes: results, macros: macros, note: note)]
    }
  }

  /// Two launches: r, z and r ⊙ h, then n and h'.
  private mutating func resettingFirst(
    _ cell: WideCell, _ places: RecurrentPlaces, _ macros: [(name: String, value: String)],
    _ note: String
  ) throws(Fallback) -> [DeviceCall] {
    let (hidden, rows) = (cell.units, cell.steps?.rows ?? 1)
    let (reset, update) = (
      try reserve(Fallback.product(rows, hidden)), try reserve(Fallback.product(rows, hidden))
    )
    var (gates, candidate) = (cell, cell)
    (gates.file, gates.sums) = ("gru_gates_step", 2)
    (candidate.file, candidate.sums) = ("gru_candidate_step", 1)
    if !cell.starts.isEmpty {
      gates.starts = Array(cell.starts.prefix(2 * hidden))
      candidate.starts = Array(cell.starts.suffix(hidden))
    }
    for part in cell.products.indices {
      let split = 2 * hidden * cell.products[part].depth
      gates.products[part].values = Array(cell.products[part].values.prefix(split))
      candidate.products[part].values = Array(cell.products[part].values.suffix(from: split))
    }
    candidate.products[cell.products.count - 1].factors = .operand(reset)
    // Behind the gates' sums.
    candidate.steps?.sums.offset += 4 * 2 * hidden
    let own =
      macros
      + ["RESET", "UPDATE", "A_1"].map {
        (WideMark.place(of: $0), "(i) * \(hidden)")
      }
    let steps = cell.steps == nil ? macros : own
    return [
      wideCall(
        gates, reads: [("HIDDEN", places.hidden)],
        writes: [("RESET", .operand(reset)), ("UPDATE", .operand(update))], macros: steps,
        note: note + ", gates"),
      wideCall(
        candidate, reads: [("HIDDEN", places.hidden), ("UPDATE", .operand(update))],
        writes: [("Y", places.y), ("LAST", places.last)], macros: steps,
        note: note + ", candidate"),
    ]
  }

  /// Both biases of a direction added, [gates, H]; where the reset gate comes after the product, the
  /// candidate's of U as a row of its own. Zeros where there are none, nil where they are not known.
  func wideBiases(_ view: OperationView, _ form: RecurrentForm, _ direction: Int) -> [Float]? {
    let gates = form.gates * form.hidden
    let own = form.resetsAfter ? form.hidden : 0
    guard view.input(3) != nil else { return [Float](repeating: 0, count: gates + own) }
    guard let all = view.input(3).flatMap(view.knownValue)?.floats() else { return nil }
    let known = Array(all[direction * 2 * gates..<(direction + 1) * 2 * gates])
    let both = gates - own
    let sums = (0..<gates).map { known[$0] + ($0 < both ? known[gates + $0] : 0) }
    return sums + known.suffix(own)
  }

  /// Whether input `index` is there, its elements side by side.
  func isRow(_ view: OperationView, _ index: Int) -> Bool {
    view.input(index) != nil && view.strides(index).last == 1
  }

  func activations(
    _ form: RecurrentForm, _ direction: Int, width: Int
  ) -> [(name: String, value: String)] {
    let own = form.activations.dropFirst(direction * form.perDirection)
    return zip(["F(v)", "GATE(v)", "OUT(v)"].prefix(form.perDirection), own).map {
      name, activation in
      let clip = name == "OUT(v)" ? nil : form.recurrence.clip
      return (name, CText.activation(activation, clip: clip, width: width))
    }
  }
}
