import SluiceBackends

/// The launches of a whole sequence after its input product.
struct SequenceSource {
  let matrix: MatrixSource
  let device: SequenceDevice

  /// The name by which a call's body means a sequence.
  static let file = "sequence"

  func launches(_ call: DeviceCall, _ operands: [String]) -> [Launch] {
    let (units, rows) = (call.size("H"), call.size("M"))
    let forms = device.forms(
      units: units, gates: call.size("GATE_COUNT"), precision: matrix.form.precision)
    guard let first = forms.first else { return [] }
    let runs = device.choices(forms, computeUnits: matrix.form.wide?.computeUnits ?? 1)
      .compactMap { counts, form -> Launch? in
        guard let streams = Launch.streams(counts, rows: rows) else { return nil }
        return Launch(
          source: source(call, operands, form, [form.kind.rawValue]),
          kernel: form.kind.rawValue,
          geometry: .tiles(
            streams: form.rows, columns: form.groups, rows: rows,
            atOnce: form.kind == .small ? nil : max(device.groups / form.groups, 1)),
          groupSize: form.groupSize, note: "\(call.note), \(form.note)", counts: streams)
      }
    if first.kind == .small { return runs }
    let start = Launch(
      source: source(call, operands, first, []), kernel: "sequence_start", geometry: .perStream,
      groupSize: 32, note: "\(call.note), before it")
    return [start] + runs
  }

  private func source(
    _ call: DeviceCall, _ operands: [String], _ form: SequenceForm, _ files: [String]
  ) -> String {
    var macros = form.sizes.map { ($0.name, "\($0.value)") }
    macros += [("STAGES", "2"), ("N", "H"), ("K1", "H")]
    if let bound = device.bound { macros.append(("BOUND", "\(bound)")) }
    let exchange = form.kind == .small ? [] : ["waiting", "exchange"]
    return matrix.source(
      call, operands, macros, ["matrix", "matrix_layout", "sequence_cells"] + exchange + files)
  }
}
