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

  /// What matrix_cells.cl and sequence_cells.cl call the rows of a cell's operands.
  private static let rows = [
    "A_0": "FIRST_ROW", "A_1": "SECOND_ROW", "HIDDEN": "H_ROW", "CELL": "C_ROW",
    "LAST_CELL": "C_NEXT_ROW", "Y": "Y_ROW", "LAST": "NEXT_ROW", "RESET": "RESET_ROW",
    "UPDATE": "UPDATE_ROW", "X": "X_ROW", "INITIAL": "INITIAL_ROW", "INITIAL_C": "INITIAL_CELL_ROW",
    "LAST_H": "LAST_ROW", "LAST_C": "LAST_CELL_ROW",
  ]

  /// The forms of one call; a step takes the one for its number of streams.
  func launches(_ call: DeviceCall, _ file: String, _ operands: [String]) -> [Launch] {
    guard let device = form.wide, let cell = Self.cells[file] else { return [] }
    let (units, rows) = (max(call.size("N"), 1), max(call.size(WideMark.rows), 1))
    return device.matrixForms(units: units, gates: cell.gates).compactMap { counts, form in
      guard let streams = Launch.streams(counts, rows: rows) else { return nil }
      let macros =
        [("CELL", cell.name)]
        + form.sizes.sorted { $0.key < $1.key }.map {
          ($0.key, "\($0.value)")
        }
      return Launch(
        source: source(
          call, operands, macros,
          ["matrix", "matrix_layout"] + (call.steps == nil ? [] : ["steps"])
            + ["matrix_cells", form.file]),
        kernel: form.kernel,
        geometry: .tiles(
          streams: form.streams, columns: (units + form.units - 1) / form.units, rows: rows),
        groupSize: form.groupSize, note: "\(file), \(call.note), \(form.note)", counts: streams,
        steps: call.steps?.count ?? 1)
    }
  }

  /// - Parameters:
  ///   - macros: sizes of the form.
  ///   - files: of Kernels/OpenCL, after the words of all.
  func source(
    _ call: DeviceCall, _ operands: [String], _ macros: [(String, String)], _ files: [String]
  ) -> String {
    let all =
      [
        ("PTX", use == .instructions ? "1" : "0"), ("BF16", form.precision == .bf16 ? "1" : "0"),
        ("G(v)", "GATE(v)"),
      ] + call.macros.filter { $0.name != Self.mark }.map { ($0.name, $0.value) } + macros
      + own(call, operands)
    var lines = form.hasDouble ? ["#define HAS_DOUBLE"] : []
    lines += [KernelSource.text("prelude"), "#define VW 2", KernelSource.text("functions")]
    lines += all.map { "#define \($0.0) \($0.1)" }
    return (lines + files.map { KernelSource.text($0) }).joined(separator: "\n") + "\n"
  }

  /// Where operands are; those that are absent have no macro.
  private func own(_ call: DeviceCall, _ operands: [String]) -> [(String, String)] {
    var macros: [(String, String)] = []
    var isAligned = !call.has(WideMark.unaligned)
    for (index, (name, operand)) in zip(operands, call.reads + call.writes).enumerated() {
      guard let operand else { continue }
      let location = layout.location(of: operand, at: section.operations.lowerBound)
      let qualifier = index < call.reads.count ? "const " : ""
      func pointer(_ stream: String, _ row: String, to type: String = "float") -> String {
        let start = layout.row(of: location.space, stream: stream, at: "\(row) / EACH_STREAM")
        return "((__global \(qualifier)\(type) *)(\(start) + \(location.offset)))"
      }
      switch name {
      case "W_0": macros.append(("WEIGHTS", "(constants + \(location.offset))"))
      case "START": macros.append(("BIAS", pointer("stream", "row")))
      case "CANDIDATE": macros.append(("CANDIDATE_BIAS", pointer("stream", "row")))
      case "EXCHANGE": macros.append(("EXCHANGE_ROW(s, p)", pointer("(s)", "(p)", to: "uint")))
      case "PEEPHOLES": macros.append((name, pointer("stream", "row")))
      case "SLOPE": macros.append(("slope", pointer("stream", "row")))
      default:
        let place = call.has(WideMark.place(of: name)) ? " + \(name)_AT((p) % EACH_STREAM)" : ""
        macros.append(
          ("\(Self.rows[name] ?? name)(s, p)", "(\(pointer("(s)", "(p)"))\(place))"))
        isAligned = isAligned && location.offset % 16 == 0
      }
    }
    for (name, word) in call.steps?.places ?? [] {
      macros.append(("\(Self.rows[name] ?? name)(s, p)", "\(word)(s, p)"))
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

  /// Adds the weights of a layer that runs by matrix instructions.
  mutating func bindMatrixWeights(_ cell: WideCell, _ first: Int, _ call: inout DeviceCall) {
    let packing = MatrixPacking(gates: cell.sums, units: cell.units, precision: form.precision)
    call.read("W_0", table(packing.pack(cell.products.map { ($0.values, $0.depth) })))
    if !cell.starts.isEmpty { call.read("START", table(Tensor(cell.starts))) }
    call.width = 2
    call.define("N", cell.units)
    for (index, product) in cell.products.enumerated() {
      call.define("K\(first + index + 1)", product.depth)
    }
    if first == 1 { call.define("K1", 0) }
    call.define(MatrixSource.mark, 1)
  }
}
