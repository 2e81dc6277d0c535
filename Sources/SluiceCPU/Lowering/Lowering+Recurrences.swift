import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func recurrence(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    for index in view.operation.inputs.indices where index != 4 && view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    switch op {
    case .gru(let gru):
      let form = unsafe RecurrenceForm(
        cell: SLUICE_CELL_GRU, recurrence: gru.recurrence, option: gru.resetAfter,
        activations: gru.activations, kernel: vectors.gru)
      return try calls(view, form)
    case .lstm(let lstm):
      let form = unsafe RecurrenceForm(
        cell: SLUICE_CELL_LSTM, recurrence: lstm.recurrence, option: lstm.inputForget,
        activations: lstm.activations, kernel: vectors.lstm)
      return try calls(view, form)
    case .rnn(let rnn):
      let form = unsafe RecurrenceForm(
        cell: SLUICE_CELL_RNN, recurrence: rnn.recurrence, option: false,
        activations: rnn.activations, kernel: vectors.rnn)
      return try calls(view, form)
    default: throw Fallback("it is no recurrence")
    }
  }

  private mutating func calls(
    _ view: OperationView, _ form: RecurrenceForm
  ) throws(Fallback) -> [KernelCall] {
    let parameters = try parameters(view, form)
    let weights = [1, 2, 3].map { index in
      view.input(index).flatMap { view.knownValue($0)?.floats() }
    }
    let isKnown =
      weights[0] != nil && weights[1] != nil && (weights[2] != nil || view.input(3) == nil)
    if isKnown, let calls = try projectedCalls(view, form, parameters, weights) { return calls }
    let streams = isKnown ? laneLimit : 1
    let own = unsafe withUnsafePointer(to: parameters) {
      Int(unsafe sluice_recurrence_workspace(form.cell, $0, Int64(streams)))
    }
    let packed =
      isKnown
      ? Packed(
        calls: [],
        operands: (0...2).map { table(Tensor(form.pack(parameters, part: $0, weights[$0]))) })
      : form.packingCalls(view, parameters, from: (own + 63) / 64 * 64)
    try reserveWorkspace(max(own, packed.workspaceEnd), size: 1)
    let bytes = form.packedFloats(parameters).reduce(0, +) * 4
    let size = "\(parameters.hidden) units, \(parameters.rows) rows a stream"
    let call = unsafe KernelCall(
      isKnown ? .batch(form.kernel) : .separate(form.kernel), parameters,
      operands(view, form, input: view.operand(0), packed.operands),
      note: isKnown
        ? "packed, \(size): one pass serves all streams"
        : "packed when it runs, \(size): weights are not known before",
      sharedByteCount: isKnown ? bytes : 0)
    return packed.calls + [call]
  }

  /// In the kernel's order.
  func operands(
    _ view: OperationView, _ form: RecurrenceForm, input: Operand?, _ weights: [Operand?]
  ) -> [Operand?] {
    let inputs = form.cell == SLUICE_CELL_LSTM ? 4...7 : 4...5
    let outputs = form.cell == SLUICE_CELL_LSTM ? 0...2 : 0...1
    return [input] + weights + inputs.map { view.operand($0) } + outputs.map { view.result($0) }
      + [.workspace()]
  }

  /// Floats of input products held at once: a quarter of a 1 MB second-level cache.
  private static let chunkFloats = 65536

  private func parameters(
    _ view: OperationView, _ form: RecurrenceForm
  ) throws(Fallback) -> sluice_packed_recurrence_parameters {
    let shape = try view.required(0).shape
    let (length, rows, inputs) = (shape[0], shape[1], shape[2])
    let recurrence = form.recurrence
    let hidden = recurrence.hiddenSize
    let directions = recurrence.direction.count
    let perStep = try Fallback.product(rows, form.gates, (hidden + 15) / 16 * 16)
    _ = try Fallback.product(perStep, length, 8)
    _ = try Fallback.product(form.gates, hidden + 16, max(inputs, hidden), 8)
    guard form.activations.count == form.perDirection * directions else {
      throw Fallback("\(form.activations.count) activations for \(directions) directions")
    }
    let hasLengths = view.input(4) != nil
    if hasLengths, try view.required(4).elementType != .int32 {
      throw Fallback("no kernel for these lengths")
    }
    let fitting = max(Self.chunkFloats / max(perStep, 1), 1)
    var parameters = sluice_packed_recurrence_parameters()
    parameters.length = Int64(length)
    parameters.rows = Int64(rows)
    parameters.inputs = Int64(inputs)
    parameters.hidden = Int64(hidden)
    parameters.directions = Int64(directions)
    parameters.reverse = recurrence.direction == .reverse ? 1 : 0
    parameters.option = form.option ? 1 : 0
    parameters.clip = recurrence.clip ?? .infinity
    parameters.chunk = Int64(max(hasLengths ? length : min(length, fitting), 1))
    fillElements(&parameters.activations, form.activations.map(\.kernel))
    try setStrides(view, &parameters)
    return parameters
  }

  private func setStrides(
    _ view: OperationView, _ p: inout sluice_packed_recurrence_parameters
  ) throws(Fallback) {
    let x = view.strides(0)
    (p.x_step, p.x_row, p.x_column) = (Int64(x[0]), Int64(x[1]), Int64(x[2]))
    let initial = view.input(5) != nil ? view.strides(5) : view.strides(6)
    if initial.count == 3 {
      (p.initial_direction, p.initial_row) = (Int64(initial[0]), Int64(initial[1]))
    }
    if view.input(5) != nil, view.input(6) != nil, view.strides(5) != view.strides(6) {
      let shape = try view.required(5).shape
      let isSame = shape.indices.allSatisfy {
        shape[$0] == 1 || view.strides(5)[$0] == view.strides(6)[$0]
      }
      guard isSame else { throw Fallback("its initial states lie differently") }
    }
    (p.last_direction, p.last_row) = (p.rows * p.hidden, p.hidden)
    p.y_row = p.hidden
    p.y_direction = p.rows * p.hidden
    p.y_step = p.directions * p.y_direction
  }
}

/// Packed weights, and what packs them where that happens in a step.
struct Packed {
  var calls: [KernelCall]
  /// W, U, bias.
  var operands: [Operand?]
  var workspaceEnd = 0
}

/// GRU, LSTM and RNN as the kernels tell them apart.
@safe struct RecurrenceForm {
  let cell: sluice_cell
  let recurrence: Recurrence
  let option: Bool
  let activations: [Activation]
  let kernel: sluice_batch_kernel

  var gates: Int { cell == SLUICE_CELL_GRU ? 3 : cell == SLUICE_CELL_LSTM ? 4 : 1 }
  var perDirection: Int { cell == SLUICE_CELL_GRU ? 2 : cell == SLUICE_CELL_LSTM ? 3 : 1 }

  /// Floats of packed W, U and bias, all directions.
  func packedFloats(_ p: sluice_packed_recurrence_parameters) -> [Int] {
    [
      sluice_packed_gates_floats(cell, p.hidden, p.inputs),
      sluice_packed_gates_floats(cell, p.hidden, p.hidden),
      sluice_packed_bias_floats(cell, p.hidden),
    ].map { Int($0 * p.directions) }
  }

  private func packing(_ p: sluice_packed_recurrence_parameters) -> [sluice_pack_gates_parameters] {
    [(p.inputs, 0), (p.hidden, 1), (0, 0)].map { inputs, isState in
      sluice_pack_gates_parameters(
        cell: cell, hidden: p.hidden, inputs: inputs, directions: p.directions,
        reset_after: p.option, is_state: isState)
    }
  }

  private var packers: [sluice_kernel] {
    unsafe [sluice_pack_gates_call, sluice_pack_gates_call, sluice_pack_bias_call]
  }

  /// W (`part` 0), U (1) or the bias (2), which are known, packed; a bias may be nil.
  func pack(
    _ p: sluice_packed_recurrence_parameters, part: Int, _ known: [Float]?
  ) -> [Float] {
    let size = packedFloats(p)[part]
    return unsafe [Float](unsafeUninitializedCapacity: size) { target, count in
      unsafe (known ?? []).withUnsafeBufferPointer { source in
        var parameters = packing(p)[part]
        var operands: [UnsafeMutableRawPointer?] = unsafe [
          known == nil ? nil : UnsafeMutableRawPointer(mutating: source.baseAddress),
          UnsafeMutableRawPointer(target.baseAddress),
        ]
        if size > 0 { _ = unsafe packers[part](&parameters, &operands) }
      }
      count = size
    }
  }

  /// Calls that pack W, U and bias into the workspace from `start` on.
  func packingCalls(
    _ view: OperationView, _ p: sluice_packed_recurrence_parameters, from start: Int
  ) -> Packed {
    var packed = Packed(calls: [], operands: [], workspaceEnd: start)
    for (index, size) in packedFloats(p).enumerated() {
      let target = Operand.workspace(offset: packed.workspaceEnd)
      unsafe packed.calls.append(
        KernelCall(packers[index], packing(p)[index], [view.operand(index + 1), target]))
      packed.operands.append(target)
      packed.workspaceEnd += (size * 4 + 63) / 64 * 64
    }
    return packed
  }
}

extension Activation {
  fileprivate var kernel: sluice_activation {
    let (kind, alpha, beta): (sluice_activation_kind, Float, Float) =
      switch self {
      case .sigmoid: (SLUICE_ACTIVATION_SIGMOID, 0, 0)
      case .tanh: (SLUICE_ACTIVATION_TANH, 0, 0)
      case .relu: (SLUICE_ACTIVATION_RELU, 0, 0)
      case .softsign: (SLUICE_ACTIVATION_SOFTSIGN, 0, 0)
      case .softplus: (SLUICE_ACTIVATION_SOFTPLUS, 0, 0)
      case .leakyRelu(let alpha): (SLUICE_ACTIVATION_LEAKY_RELU, alpha, 0)
      case .thresholdedRelu(let alpha): (SLUICE_ACTIVATION_THRESHOLDED_RELU, alpha, 0)
      case .elu(let alpha): (SLUICE_ACTIVATION_ELU, alpha, 0)
      case .hardSigmoid(let alpha, let beta): (SLUICE_ACTIVATION_HARD_SIGMOID, alpha, beta)
      case .scaledTanh(let alpha, let beta): (SLUICE_ACTIVATION_SCALED_TANH, alpha, beta)
      case .affine(let alpha, let beta): (SLUICE_ACTIVATION_AFFINE, alpha, beta)
      }
    return sluice_activation(kind: kind, alpha: alpha, beta: beta)
  }
}
