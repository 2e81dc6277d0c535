import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// A recurrence of several steps, rows or directions with known weights: for each direction the input
  /// product of all steps, then a launch or two for each step.
  ///
  /// - Returns: nil where U, which each step reads, is less than half of a wide layer's weights, where
  ///   weights are not known, where rows have lengths or gaps.
  mutating func launchedSteps(
    _ view: OperationView, _ form: RecurrentForm
  ) throws(Fallback) -> [DeviceCall]? {
    let held = form.gates * form.hidden * form.hidden
    guard isWide(2 * held, depth: max(form.inputs, form.hidden)), view.input(4) == nil,
      [0, 5, 6, 7].allSatisfy({ view.input($0) == nil || view.strides($0).last == 1 })
    else { return nil }
    var calls: [DeviceCall] = []
    let sums = try reserve(inputSums(form))
    for direction in 0..<form.recurrence.direction.count {
      guard let weights = wideWeights(view, form, direction) else { return nil }
      calls.append(inputProduct(view, form, weights.input, weights.biases, sums))
      calls += try steps(view, form, direction, weights.state, weights.biases, sums)
    }
    return calls
  }

  /// Numbers of [L, M, gates · H], which one direction has after the other.
  func inputSums(_ form: RecurrentForm) throws(Fallback) -> Int {
    try Fallback.product(form.length, form.rows, form.gates * form.hidden)
  }

  /// [L, M, gates · H] = X Wᵀ + b of all streams at once.
  mutating func inputProduct(
    _ view: OperationView, _ form: RecurrentForm, _ weights: [Float], _ biases: [Float],
    _ sums: Operand
  ) -> DeviceCall {
    let (outputs, strides) = (form.gates * form.hidden, view.strides(0))
    var cell = WideCell(
      file: "product_step", sums: 1, units: outputs,
      products: [
        WideProduct(factors: .operand(view.operand(0)), depth: form.inputs, values: weights)
      ], starts: Array(biases.prefix(outputs)))
    cell.rows = WideRows(
      count: form.length * form.rows,
      factors: CText.offset(
        "i", sizes: [form.length, form.rows], strides: Array(strides.prefix(2))),
      results: "(i) * \(outputs)", areAligned: strides.prefix(2).allSatisfy { $0 % 4 == 0 })
    return wideCall(
      cell, reads: [("SLOPE", .nothing)], writes: [("Y", .operand(sums))],
      macros: [("ACTIVATE(v, c)", "(v)")],
      note: "input product \(form.length * form.rows) x \(outputs) x \(form.inputs)"
        + precisionNote)
  }

  private mutating func steps(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, _ weights: [Float],
    _ biases: [Float], _ sums: Operand
  ) throws(Fallback) -> [DeviceCall] {
    var cell = WideCell(
      file: "", sums: form.gates, units: form.hidden,
      products: [WideProduct(factors: .step("H_NOW"), depth: form.hidden, values: weights)],
      starts: form.resetsAfter ? biases : [])
    cell.steps = try words(view, form, direction, sums)
    var places = RecurrentPlaces(
      hidden: .step("H_NOW"), y: view.result(0) == nil ? .nothing : .step("Y_NOW"),
      last: .step("H_NEXT"))
    if case .lstm = form.cell {
      places.cell = .step("C_NOW")
      places.lastCell = .step("C_NEXT")
      places.peepholes = view.input(7) == nil ? nil : view.operand(7)
      places.peepholes?.offset += 4 * direction * 3 * form.hidden
    }
    return try cells(
      form, direction, cell, places,
      note: "\(form.length) steps of \(form.rows) x \(form.hidden) units\(precisionNote)")
  }

  /// Where the values of a direction's steps lie.
  private mutating func words(
    _ view: OperationView, _ form: RecurrentForm, _ direction: Int, _ sums: Operand
  ) throws(Fallback) -> WideSteps {
    let (rows, hidden) = (form.rows, form.hidden)
    let directions = form.recurrence.direction.count
    let offset = 4 * direction * rows * hidden
    let zeros = table(Tensor([Float](repeating: 0, count: hidden)))
    var steps = WideSteps(
      count: form.length, rows: rows,
      macros: [
        (
          "BACKWARD",
          form.recurrence.direction == .reverse || direction == 1 ? "1" : "0"
        ), ("X_STEP", "\(form.gates * hidden)"), ("Y_STEP", "\(directions * rows * hidden)"),
      ], areAligned: hidden % 4 == 0, sums: sums)
    var states = [("H", 5, 1)]
    if case .lstm = form.cell { states.append(("C", 6, 2)) }
    for (name, input, result) in states {
      let isGiven = view.input(input) != nil
      let stride = isGiven ? view.strides(input)[1] : 0
      let given =
        isGiven ? view.operand(input)?.moved(4 * direction * view.strides(input)[0]) : nil
      steps.reads.append(("\(name)_FIRST", given ?? zeros))
      steps.macros.append(("\(name)_FIRST_STEP", "\(stride)"))
      steps.areAligned = steps.areAligned && stride % 4 == 0
      steps.writes.append(("\(name)_ALL", try reserve(Fallback.product(2, rows, hidden))))
      if let last = view.result(result)?.moved(offset) {
        steps.writes.append((name == "H" ? "LAST_ALL" : "LAST_C_ALL", last))
      }
    }
    if let y = view.result(0)?.moved(offset) { steps.writes.append(("Y_ALL", y)) }
    return steps
  }
}
