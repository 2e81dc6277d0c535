import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  mutating func recurrence(_ view: OperationView, _ op: Operator) throws(Fallback) -> [DeviceCall] {
    for index in view.operation.inputs.indices where index != 4 && view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    if view.input(4) != nil, try view.required(4).elementType != .int32 {
      throw Fallback("no form for lengths of \(try view.required(4).elementType)")
    }
    let recurrence: Recurrence
    let (cell, activations): (RecurrentForm.Cell, [Activation])
    switch op {
    case .gru(let gru):
      (recurrence, cell, activations) = (
        gru.recurrence, .gru(resetAfter: gru.resetAfter), gru.activations
      )
    case .lstm(let lstm):
      (recurrence, cell, activations) = (
        lstm.recurrence, .lstm(coupled: lstm.inputForget), lstm.activations
      )
    case .rnn(let rnn): (recurrence, cell, activations) = (rnn.recurrence, .rnn, rnn.activations)
    default: throw Fallback("it is no recurrence")
    }
    let shape = try view.required(0).shape
    let form = RecurrentForm(
      cell: cell, recurrence: recurrence, activations: activations, length: shape[0],
      rows: shape[1], inputs: shape[2])
    guard activations.count == form.perDirection * recurrence.direction.count else {
      throw Fallback(
        "\(activations.count) activations for \(recurrence.direction.count) directions")
    }
    if let calls = try wideRecurrence(view, form) { return calls }
    var note = ""
    if let calls = try sequence(view, form, &note) { return calls }
    var calls = try launchedSteps(view, form) ?? []
    if calls.isEmpty {
      for direction in 0..<recurrence.direction.count {
        calls += try self.direction(view, form, direction)
      }
    }
    calls[calls.count - 1].note += note
    return calls
  }

  /// The input product of all steps, then the steps.
  private mutating func direction(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int
  ) throws(Fallback) -> [DeviceCall] {
    var calls: [DeviceCall] = []
    let (gates, hidden) = (form.gates * form.hidden, form.hidden)
    let input = try weights(view, 1, form.weights(form.inputs, direction), &calls)
    let state = try weights(view, 2, form.weights(hidden, direction), &calls)
    let bias = try biases(view, form, direction, &calls)
    let sums = try reserve(Fallback.product(form.length, form.rows, gates))
    calls.append(try inputProduct(view, form, input, bias, sums))
    var cell = try steps(view, form, direction, sums: sums, state: state)
    let width = self.form.width(hidden)
    cell.width = width
    cell.define("RT", self.form.vectorLimit == 1 ? 1 : max(min(form.rows, 4), 1))
    cell.define(state.precision)
    cell.define("L", form.length)
    cell.define("M", form.rows)
    cell.define("H", hidden)
    let isBackward = form.recurrence.direction == .reverse || direction == 1
    cell.define("BACKWARD", isBackward ? 1 : 0)
    let names = ["F(v)", "G(v)", "OUT(v)"]
    for (index, name) in names.prefix(form.perDirection).enumerated() {
      let activation = form.activations[direction * form.perDirection + index]
      let clip = name == "OUT(v)" ? nil : form.recurrence.clip
      cell.define(name, CText.activation(activation, clip: clip, width: width))
    }
    return calls + [cell]
  }

  private func inputProduct(
    _ view: OperationView, _ form: RecurrentForm, _ weights: WeightOperand,
    _ bias: Operand?, _ sums: Operand
  ) throws(Fallback) -> DeviceCall {
    let strides = view.strides(0)
    let columns = form.gates * form.hidden
    let width = self.form.width(columns)
    var call = DeviceCall(
      .file("product"),
      [
        "A_BATCH(b)": 0, "B_BATCH(b)": 0, "BATCH": 1,
        "A_ROW(r)": CText.offset(
          "r", sizes: [form.length, form.rows], strides: Array(strides.prefix(2))),
        "A_COLUMN": strides[2], "B_ROW": columns, "B_COLUMN": 1, "ALPHA": "1.0f", "BETA": "0.0f",
        "HAS_C": 0, "C_ROW": 0, "C_COLUMN": 0, "ACTIVATE(v, c)": "(v)",
        "HAS_BIAS": bias == nil ? 0 : 1,
      ], reads: [view.operand(0), weights.values, bias, nil, nil, weights.scales], writes: [sums],
      width: width,
      note: "input product \(form.length * form.rows) x \(columns) x \(form.inputs)"
        + weights.note)
    call.define(weights.precision)
    describe(
      &call, rows: form.length * form.rows, columns: columns, depth: form.inputs, width)
    return call
  }

  /// Both biases added; the candidate's of U stays out where the reset gate comes after the product.
  private mutating func biases(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, _ calls: inout [DeviceCall]
  ) throws(Fallback) -> Operand? {
    guard view.input(3) != nil else { return nil }
    let gates = form.gates * form.hidden
    let start = direction * 2 * gates
    let both = form.resetsAfter ? 2 * form.hidden : gates
    if let known = view.input(3).flatMap({ view.knownValue($0)?.floats() }) {
      let sums = (0..<gates).map {
        known[start + $0] + ($0 < both ? known[start + gates + $0] : 0)
      }
      return table(Tensor(sums))
    }
    let target = try reserve(gates)
    var (b, c) = (view.operand(3), view.operand(3))
    b?.offset = 4 * start
    c?.offset = 4 * (start + gates)
    calls.append(
      map(
        [(b, "float", [1]), (c, "float", [1])], [gates], "float",
        "i < \(both) ? a + b : a", to: target, note: "biases"))
    return target
  }

  private mutating func steps(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, sums: Operand,
    state: WeightOperand
  ) throws(Fallback) -> DeviceCall {
    let (rows, hidden) = (form.rows, form.hidden)
    let directions = form.recurrence.direction.count
    let lengths = view.input(4) == nil ? nil : view.operand(4)
    func initial(_ index: Int) -> (Operand?, String) {
      guard view.input(index) != nil else { return (nil, "0") }
      let strides = view.strides(index)
      return (view.operand(index), "\(direction * strides[0]) + (m) * \(strides[1])")
    }
    let (h, hPlace) = initial(5)
    let y =
      "(((t) * \(directions) + \(direction)) * \(rows) + (m)) * \(hidden)"
    let last = "(\(direction * rows) + (m)) * \(hidden)"
    let note = "\(hidden) units, \(rows) rows, \(form.length) steps\(state.note)"
    switch form.cell {
    case .gru(let resetAfter):
      var c: Operand?
      if resetAfter, view.input(3) != nil {
        c = view.operand(3)
        c?.offset = 4 * (direction * 6 * hidden + 5 * hidden)
      }
      let own = try reserve(Fallback.product(2, rows, hidden))
      let gates = resetAfter ? nil : try reserve(Fallback.product(2, rows, hidden))
      return DeviceCall(
        .file("gru"),
        [
          "INITIAL(m)": hPlace, "Y(t, m)": y, "LAST(m)": last, "RESET_AFTER": resetAfter ? 1 : 0,
        ], reads: [sums, state.values, c, lengths, h, state.scales],
        writes: [view.result(0), view.result(1), own, gates], note: note)
    case .lstm(let coupled):
      var peepholes = view.input(7) == nil ? nil : view.operand(7)
      peepholes?.offset = 4 * direction * 3 * hidden
      let (c, cPlace) = initial(6)
      let own = try reserve(Fallback.product(4, rows, hidden))
      return DeviceCall(
        .file("lstm"),
        [
          "INITIAL(m)": hPlace, "INITIAL_CELL(m)": cPlace, "Y(t, m)": y, "LAST(m)": last,
          "COUPLED": coupled ? 1 : 0,
        ], reads: [sums, state.values, peepholes, lengths, h, c, state.scales],
        writes: [view.result(0), view.result(1), view.result(2), own], note: note)
    case .rnn:
      let own = try reserve(Fallback.product(2, rows, hidden))
      return DeviceCall(
        .file("rnn"), ["INITIAL(m)": hPlace, "Y(t, m)": y, "LAST(m)": last],
        reads: [sums, state.values, lengths, h, state.scales],
        writes: [view.result(0), view.result(1), own], note: note)
    }
  }
}

/// GRU, LSTM and RNN as the bodies tell them apart.
struct RecurrentForm {
  enum Cell {
    case gru(resetAfter: Bool)
    case lstm(coupled: Bool)
    case rnn
  }

  let cell: Cell
  let recurrence: Recurrence
  let activations: [Activation]
  let length: Int
  let rows: Int
  let inputs: Int

  var hidden: Int { recurrence.hiddenSize }

  var gates: Int {
    switch cell {
    case .gru: 3
    case .lstm: 4
    case .rnn: 1
    }
  }

  /// Activations of a direction.
  var perDirection: Int {
    switch cell {
    case .gru: 2
    case .lstm: 3
    case .rnn: 1
    }
  }

  var resetsAfter: Bool {
    if case .gru(true) = cell { true } else { false }
  }

  /// W or U of a direction, [gates · H, depth] in the file, as [depth, gates · H].
  func weights(_ depth: Int, _ direction: Int) -> StridedBox {
    StridedBox(
      sizes: [depth, gates * hidden], strides: [1, depth],
      offset: direction * gates * hidden * depth)
  }
}
