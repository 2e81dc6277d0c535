import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// Whether a launch of the plan runs all steps of a recurrence.
  var hasSequences: Bool {
    calls.joined().contains { call in
      if case .wide(SequenceSource.file, _) = call.body { true } else { false }
    }
  }

  /// All steps of a recurrence in a plan of whole sequences: for each direction the input product of all
  /// steps, then the steps.
  ///
  /// - Returns: nil where it has no such form; `note` then says why.
  mutating func sequence(
    _ view: OperationView, _ form: RecurrentForm, _ note: inout String
  ) throws(Fallback) -> [DeviceCall]? {
    guard let device = self.form.sequences, form.length > 1, plan.hasSequences else { return nil }
    if let reason = refusal(view, form, device) {
      note = ", step by step: \(reason)"
      return nil
    }
    guard let w = view.input(1).flatMap(view.knownValue)?.floats(),
      let u = view.input(2).flatMap(view.knownValue)?.floats()
    else { return nil }
    var calls: [DeviceCall] = []
    for direction in 0..<form.recurrence.direction.count {
      guard let biases = wideBiases(view, form, direction) else { return nil }
      let outputs = form.gates * form.hidden
      let sums = try reserve(Fallback.product(form.length, form.rows, outputs))
      calls.append(
        inputProduct(
          view, form, part(of: w, direction, outputs * form.inputs), biases, sums))
      calls.append(
        try steps(
          view, form, direction, part(of: u, direction, outputs * form.hidden), biases, sums))
    }
    return calls
  }

  /// Why a recurrence runs step by step; nil if it does not.
  private func refusal(
    _ view: OperationView, _ form: RecurrentForm, _ device: SequenceDevice
  ) -> String? {
    if matrixUse == nil { return "no matrix instructions for \(self.form.precision.rawValue)" }
    if case .gru(resetAfter: false) = form.cell { return "it resets before the product" }
    if case .lstm(coupled: true) = form.cell { return "its gates are coupled" }
    if view.input(7) != nil { return "it has peepholes" }
    if view.input(4) != nil { return "its rows have lengths" }
    if form.hidden % 32 != 0 { return "\(form.hidden) units are no multiple of 32" }
    let weights = [1, 2].map { view.input($0).flatMap(view.knownValue) }
    let areKnown = weights.allSatisfy { $0 != nil } && wideBiases(view, form, 0) != nil
    if !areKnown { return "its weights are not known" }
    let rows = [0, 5, 6].filter { view.input($0) != nil }
    if !rows.allSatisfy({ view.strides($0).last == 1 }) { return "its rows have gaps" }
    if form.hidden > SequenceDevice.smallUnits, device.groups == 0 {
      return "the device's groups may not wait for each other"
    }
    if device.forms(units: form.hidden, gates: form.gates).isEmpty {
      return "U of \(form.hidden) units does not fit the registers of \(device.groups) groups"
    }
    return nil
  }

  private func part(of values: [Float], _ direction: Int, _ count: Int) -> [Float] {
    Array(values[direction * count..<(direction + 1) * count])
  }

  /// [L, M, gates · H] = X Wᵀ + b of all streams at once.
  private mutating func inputProduct(
    _ view: OperationView, _ form: RecurrentForm, _ weights: [Float], _ biases: [Float],
    _ sums: Operand
  ) -> DeviceCall {
    let (outputs, strides) = (form.gates * form.hidden, view.strides(0))
    let cell = WideCell(
      file: "product_step", sums: 1, units: outputs,
      products: [WideProduct(factors: view.operand(0), depth: form.inputs, values: weights)],
      starts: Array(biases.prefix(outputs)))
    let rows = MatrixRows(
      count: form.length * form.rows,
      factors: CText.offset(
        "i", sizes: [form.length, form.rows], strides: Array(strides.prefix(2))),
      results: "(i) * \(outputs)", areAligned: strides.prefix(2).allSatisfy { $0 % 4 == 0 })
    return matrixCall(
      cell, reads: [], writes: [("Y", sums)], macros: [("ACTIVATE(v, c)", "(v)")],
      note: "input product \(form.length * form.rows) x \(outputs) x \(form.inputs)"
        + precisionNote, rows: rows)
  }

  private mutating func steps(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, _ weights: [Float],
    _ biases: [Float], _ sums: Operand
  ) throws(Fallback) -> DeviceCall {
    let hidden = form.hidden
    let packing = MatrixPacking(gates: form.gates, units: hidden, precision: self.form.precision)
    // Two parities of H / 2 words, and flags, fewer than there are octets of units.
    let exchange = try reserve(Fallback.product(form.rows, hidden + hidden / 8 + 4))
    let offset = 4 * direction * form.rows * hidden
    func moved(_ operand: Operand?, _ bytes: Int) -> Operand? {
      operand.map { operand in
        var operand = operand
        operand.offset += bytes
        return operand
      }
    }
    func initial(_ index: Int) -> Operand? {
      view.input(index) == nil
        ? nil : moved(view.operand(index), 4 * direction * view.strides(index)[0])
    }
    var reads: [(String, Operand?)] = [
      ("W_0", table(packing.pack([(weights, hidden)]))), ("X", sums), ("INITIAL", initial(5)),
    ]
    var writes: [(String, Operand?)] = [
      ("EXCHANGE", exchange), ("Y", moved(view.result(0), offset)),
      ("LAST_H", moved(view.result(1), offset)),
    ]
    if form.resetsAfter { reads.append(("CANDIDATE", table(Tensor(Array(biases.suffix(hidden)))))) }
    if case .lstm = form.cell {
      reads.append(("INITIAL_C", initial(6)))
      writes.append(("LAST_C", moved(view.result(2), offset)))
    }
    let directions = form.recurrence.direction.count
    var call = DeviceCall(
      .wide(SequenceSource.file, operands: (reads + writes).map(\.0)),
      [
        "CELL": form.sequenceCell, "L": form.length, "M": form.rows, "H": hidden,
        "GATE_COUNT": form.gates,
        "BACKWARD": form.recurrence.direction == .reverse || direction == 1 ? 1 : 0,
        "TAGGED": form.staysBelowTwo(direction) ? 1 : 0,
        "Y_STEP": directions * form.rows * hidden,
        "INITIAL_STEP": view.input(5) == nil ? 0 : view.strides(5)[1],
        "INITIAL_CELL_STEP": view.input(6) == nil ? 0 : view.strides(6)[1],
      ], reads: reads.map(\.1), writes: writes.map(\.1), width: 2,
      note: "\(form.length) steps of \(form.rows) x \(hidden) units\(precisionNote)")
    call.macros += activations(form, direction)
    return call
  }
}

extension RecurrentForm {
  /// What matrix_layout.cl calls the cell.
  fileprivate var sequenceCell: String {
    switch cell {
    case .gru: "GRU_AFTER"
    case .lstm: "LSTM"
    case .rnn: "RNN"
    }
  }

  /// Whether states that begin so stay below 2 in magnitude.
  fileprivate func staysBelowTwo(_ direction: Int) -> Bool {
    let own = activations[direction * perDirection..<(direction + 1) * perDirection]
    // h' is between h and the candidate, or a gate times an activation.
    return own.allSatisfy(\.isWithinOne)
  }
}

extension Activation {
  /// Whether its values are within −1 … 1.
  fileprivate var isWithinOne: Bool {
    switch self {
    case .sigmoid, .tanh, .softsign, .hardSigmoid: true
    case .scaledTanh(let alpha, _): abs(alpha) <= 1
    case .relu, .softplus, .leakyRelu, .thresholdedRelu, .elu, .affine: false
    }
  }
}

extension Plan {
  /// Whether it takes whole sequences and has a recurrence over one.
  var hasSequences: Bool {
    states.isEmpty
      && operations.contains { operation in
        guard case .node(let op) = operation.action,
          let steps = operation.inputs[0].flatMap({ buffers[$0].shape.first })
        else { return false }
        switch op {
        case .gru, .lstm, .rnn: return steps > 1
        default: return false
        }
      }
  }
}
