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
    var calls: [DeviceCall] = []
    let sums = try reserve(inputSums(form))
    for direction in 0..<form.recurrence.direction.count {
      guard let weights = wideWeights(view, form, direction) else { return nil }
      calls.append(inputProduct(view, form, weights.input, weights.biases, sums))
      calls.append(try allSteps(view, form, direction, weights.state, weights.biases, sums))
    }
    return calls
  }

  /// Why a recurrence runs step by step; nil if it does not.
  private func refusal(
    _ view: OperationView, _ form: RecurrentForm, _ device: SequenceDevice
  ) -> String? {
    switch self.form.precision {
    case .fp32 where form.hidden <= SequenceDevice.smallUnits:
      return "one group has all units of a stream up to \(SequenceDevice.smallUnits) in fp32"
    case .fp32: break
    case .fp16, .bf16, .int8:
      if matrixUse == nil { return "no matrix instructions for \(self.form.precision.rawValue)" }
    }
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
    let exchanges = form.hidden > SequenceDevice.smallUnits
    if exchanges, device.groups == 0 { return "the device's groups may not wait for each other" }
    let areBound = (0..<form.recurrence.direction.count).allSatisfy(form.staysBelowTwo)
    if exchanges, !device.hasFences, !areBound {
      return "its states have no bound, and the device no fence between groups"
    }
    let forms = device.forms(
      units: form.hidden, gates: form.gates, precision: self.form.precision)
    if forms.isEmpty {
      return "U of \(form.hidden) units does not fit the registers of \(device.groups) groups"
    }
    return nil
  }

  private mutating func allSteps(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, _ weights: [Float],
    _ biases: [Float], _ sums: Operand
  ) throws(Fallback) -> DeviceCall {
    let hidden = form.hidden
    // Two parities of H floats, or of half as many words, and flags, fewer than there are octets of units.
    let exchange = try reserve(Fallback.product(form.rows, 2 * hidden + hidden / 8 + 4))
    let offset = 4 * direction * form.rows * hidden
    func initial(_ index: Int) -> Operand? {
      view.input(index) == nil
        ? nil : view.operand(index)?.moved(4 * direction * view.strides(index)[0])
    }
    var reads: [(String, Operand?)] = [
      ("W_0", table(packed(weights, form))), ("X", sums), ("INITIAL", initial(5)),
    ]
    var writes: [(String, Operand?)] = [
      ("EXCHANGE", exchange), ("Y", view.result(0)?.moved(offset)),
      ("LAST_H", view.result(1)?.moved(offset)),
    ]
    if form.resetsAfter { reads.append(("CANDIDATE", table(Tensor(Array(biases.suffix(hidden)))))) }
    if case .lstm = form.cell {
      reads.append(("INITIAL_C", initial(6)))
      writes.append(("LAST_C", view.result(2)?.moved(offset)))
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
    call.macros += activations(form, direction, width: 2)
    return call
  }

  /// U as the kernels of sequences take it.
  private func packed(_ weights: [Float], _ form: RecurrentForm) -> Tensor {
    if self.form.precision == .fp32 {
      return WidePacking(
        sums: form.gates, units: form.hidden, depth: form.hidden, paddedUnits: form.hidden,
        precision: .fp32, hasVectors: false
      ).pack(weights).weights
    }
    return MatrixPacking(
      gates: form.gates, units: form.hidden, precision: self.form.precision
    ).pack([(weights, form.hidden)])
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
