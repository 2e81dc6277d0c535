import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// One step of one row with known weights and given states; nil where it has no wide form.
  mutating func wideRecurrence(
    _ view: OperationView, _ form: RecurrentForm
  ) throws(Fallback) -> [DeviceCall]? {
    let (hidden, gates) = (form.hidden, form.gates)
    guard isWide(gates * hidden * (form.inputs + hidden), depth: max(form.inputs, hidden)),
      form.length == 1, form.rows == 1,
      form.recurrence.direction.count == 1, view.input(4) == nil, view.strides(0)[2] == 1,
      let w = view.input(1).flatMap(view.knownValue)?.floats(),
      let u = view.input(2).flatMap(view.knownValue)?.floats(),
      let biases = wideBiases(view, form, 0), isRow(view, 5)
    else { return nil }
    let products = [
      WideProduct(factors: view.operand(0), depth: form.inputs, values: w),
      WideProduct(factors: view.operand(5), depth: hidden, values: u),
    ]
    var cell = WideCell(
      file: "", sums: gates, units: hidden, products: products, starts: biases)
    let note = "wide, \(hidden) units\(precisionNote)"
    let results = [("Y", view.result(0)), ("LAST", view.result(1))]
    let macros = activations(form, 0)
    switch form.cell {
    case .gru(resetAfter: true):
      (cell.file, cell.keeps) = ("gru_step", true)
      return [
        wideCall(
          cell, reads: [("HIDDEN", view.operand(5))], writes: results, macros: macros, note: note)
      ]
    case .gru(resetAfter: false):
      return try resettingFirst(view, cell, results, macros, note)
    case .lstm(let coupled):
      guard isRow(view, 6), view.input(7) == nil || view.strides(7).last == 1 else { return nil }
      cell.file = "lstm_step"
      return [
        wideCall(
          cell, reads: [("CELL", view.operand(6)), ("PEEPHOLES", view.operand(7))],
          writes: results + [("LAST_CELL", view.result(2))],
          macros: macros + [("COUPLED", coupled ? "1" : "0")], note: note)
      ]
    case .rnn:
      cell.file = "rnn_step"
      return [wideCall(cell, reads: [], writes: results, macros: macros, note: note)]
    }
  }

  /// Two launches: r, z and r ⊙ h, then n and h'.
  private mutating func resettingFirst(
    _ view: OperationView, _ cell: WideCell, _ results: [(String, Operand?)],
    _ macros: [(name: String, value: String)], _ note: String
  ) throws(Fallback) -> [DeviceCall] {
    let hidden = cell.units
    let (reset, update) = (try reserve(hidden), try reserve(hidden))
    var (gates, candidate) = (cell, cell)
    (gates.file, gates.sums) = ("gru_gates_step", 2)
    (candidate.file, candidate.sums) = ("gru_candidate_step", 1)
    gates.starts = Array(cell.starts.prefix(2 * hidden))
    candidate.starts = Array(cell.starts.suffix(hidden))
    for part in cell.products.indices {
      let split = 2 * hidden * cell.products[part].depth
      gates.products[part].values = Array(cell.products[part].values.prefix(split))
      candidate.products[part].values = Array(cell.products[part].values.suffix(from: split))
    }
    candidate.products[1].factors = reset
    let state = ("HIDDEN", view.operand(5))
    return [
      wideCall(
        gates, reads: [state], writes: [("RESET", reset), ("UPDATE", update)], macros: macros,
        note: note + ", gates"),
      wideCall(
        candidate, reads: [state, ("UPDATE", update)], writes: results, macros: macros,
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
  private func isRow(_ view: OperationView, _ index: Int) -> Bool {
    view.input(index) != nil && view.strides(index).last == 1
  }

  func activations(
    _ form: RecurrentForm, _ direction: Int
  ) -> [(name: String, value: String)] {
    let own = form.activations.dropFirst(direction * form.perDirection)
    return zip(["F(v)", "GATE(v)", "OUT(v)"].prefix(form.perDirection), own).map {
      name, activation in
      let clip = name == "OUT(v)" ? nil : form.recurrence.clip
      return (name, CText.activation(activation, clip: clip, width: wideWidth))
    }
  }
}
