import SluiceBackends
import SluiceGraph
import SluicePlanning

/// The launches of a wide layer by matrix instructions.
struct MatrixSource {
  let layout: RowLayout
  let section: StepSection
  let form: DeviceForm
  let use: MatrixUse

  /// The macro that marks such a call.
  static let mark = "MATRIX"

  /// What matrix_layout.cl calls the cell of a file, and the outputs of its weights for each unit.
  private static let cells: [String: (name: String, gates: Int)] = [
    "gru_step": ("GRU_AFTER", 3), "gru_gates_step": ("GRU_GATES", 2),
    "gru_candidate_step": ("GRU_STATE", 1), "lstm_step": ("LSTM", 4), "rnn_step": ("RNN", 1),
    "product_step": ("PRODUCT", 1),
  ]

  /// What matrix_cells.cl calls the rows of a cell's operands.
  private static let rows = [
    "A_0": "FIRST_ROW", "A_1": "SECOND_ROW", "HIDDEN": "H_ROW", "CELL": "C_ROW",
    "LAST_CELL": "C_NEXT_ROW", "Y": "Y_ROW", "LAST": "NEXT_ROW", "RESET": "RESET_ROW",
    "UPDATE": "UPDATE_ROW",
  ]

  /// The forms of one call; a step takes the one for its number of streams.
  func launches(_ call: DeviceCall, _ file: String, _ operands: [String]) -> [Launch] {
    guard let device = form.wide, let cell = Self.cells[file] else { return [] }
    let units = call.macros.first { $0.name == "N" }.flatMap { Int($0.value) } ?? 1
    return device.matrixForms(units: units, gates: cell.gates).map { counts, form in
      Launch(
        source: source(call, cell.name, operands, form), kernel: form.kernel,
        geometry: .tiles(
          streams: form.streams, columns: (units + form.units - 1) / form.units),
        groupSize: form.groupSize, note: "\(file), \(call.note), \(form.note)", counts: counts)
    }
  }

  private func source(
    _ call: DeviceCall, _ cell: String, _ operands: [String], _ matrix: MatrixForm
  ) -> String {
    var macros = [
      ("PTX", use == .instructions ? "1" : "0"), ("BF16", form.precision == .bf16 ? "1" : "0"),
      ("CELL", cell), ("G(v)", "GATE(v)"),
    ]
    macros += call.macros.filter { $0.name != Self.mark }.map { ($0.name, $0.value) }
    macros += matrix.sizes.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    macros += own(call, operands)
    var lines = form.hasDouble ? ["#define HAS_DOUBLE"] : []
    lines += [KernelSource.text("prelude"), "#define VW 2", KernelSource.text("functions")]
    lines += macros.map { "#define \($0.0) \($0.1)" }
    let files = ["matrix", "matrix_layout", "matrix_cells", matrix.file]
    return (lines + files.map { KernelSource.text($0) }).joined(separator: "\n") + "\n"
  }

  /// Where operands are; those that are absent have no macro.
  private func own(_ call: DeviceCall, _ operands: [String]) -> [(String, String)] {
    var macros: [(String, String)] = []
    var isAligned = true
    for (index, (name, operand)) in zip(operands, call.reads + call.writes).enumerated() {
      guard let operand else { continue }
      let location = layout.location(of: operand, at: section.operations.lowerBound)
      let isRead = index < call.reads.count
      func pointer(_ stream: String, _ at: String) -> String {
        let row = layout.row(of: location.space, stream: stream, at: at)
        return "((__global \(isRead ? "const " : "")float *)(\(row) + \(location.offset)))"
      }
      switch name {
      case "W_0": macros.append(("WEIGHTS", "(constants + \(location.offset))"))
      case "START": macros.append(("BIAS", pointer("stream", "place")))
      case "PEEPHOLES": macros.append((name, pointer("stream", "place")))
      case "SLOPE": macros.append(("slope", pointer("stream", "place")))
      default:
        macros.append(("\(Self.rows[name] ?? name)(s, p)", pointer("(s)", "(p)")))
        isAligned = isAligned && location.offset % 16 == 0
      }
    }
    return macros + [("ALIGNED", isAligned ? "1" : "0")]
  }
}

extension DeviceLowering {
  /// How wide layers at the plan's precision run by matrix instructions; nil where they do not.
  var matrixUse: MatrixUse? {
    form.precision == .fp16 || form.precision == .bf16 ? form.wide?.matrix : nil
  }

  /// Units side by side in a cell's values.
  var wideWidth: Int { matrixUse == nil ? form.vectorLimit : 2 }

  /// `wideCall` where the layer runs by matrix instructions.
  mutating func matrixCall(
    _ cell: WideCell, reads: [(String, Operand?)], writes: [(String, Operand?)],
    macros: [(name: String, value: String)], note: String
  ) -> DeviceCall {
    let packing = MatrixPacking(gates: cell.sums, units: cell.units, precision: form.precision)
    let weights = table(packing.pack(cell.products.map { ($0.values, $0.depth) }))
    let factors = cell.products.enumerated().map { ("A_\($0)", $1.factors) }
    let bound =
      reads + factors + [("W_0", Optional(weights)), ("START", table(Tensor(cell.starts)))]
    var call = DeviceCall(
      .wide(cell.file, operands: (bound + writes).map(\.0)),
      [
        "N": cell.units, "K1": cell.products[0].depth,
        "K2": cell.products.count > 1 ? cell.products[1].depth : 0, MatrixSource.mark: 1,
      ], reads: bound.map(\.1), writes: writes.map(\.1), width: 2, note: note)
    call.macros += macros
    return call
  }
}
