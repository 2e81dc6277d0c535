import SluiceBackends
import SluicePlanning

/// The launches of an operation that serves several streams with a work-group.
struct WideSource {
  let layout: RowLayout
  let section: StepSection
  let form: DeviceForm

  static let kernelName = "wide"

  /// The forms of one call; a step takes the one for its number of streams.
  func launches(_ call: DeviceCall) -> [Launch] {
    guard case .wide(let cell, let operands) = call.body, let device = form.wide else { return [] }
    if let use = device.matrix {
      let matrix = MatrixSource(layout: layout, section: section, form: form, use: use)
      if let sequences = form.sequences, cell == SequenceSource.file {
        return SequenceSource(matrix: matrix, device: sequences).launches(call, operands)
      }
      if call.macros.contains(where: { $0.name == MatrixSource.mark }) {
        return matrix.launches(call, cell, operands)
      }
    }
    let (units, sums) = (call.size("N"), call.size("G"))
    let segments = (max(call.size("K_0"), call.size("K_1")) + 127) / 128
    return device.forms(units: units, sums: sums, segments: segments).map { entry in
      let wide = entry.form
      return Launch(
        source: source(call, cell, operands, wide, groupSize: wide.groupSize(sums: sums)),
        kernel: Self.kernelName,
        geometry: .tiles(
          streams: wide.streams, columns: (units + wide.units - 1) / wide.units),
        groupSize: wide.groupSize(sums: sums),
        note: "\(cell), \(call.note), \(wide.note)", counts: entry.counts)
    }
  }

  private func source(
    _ call: DeviceCall, _ cell: String, _ operands: [String], _ wide: WideForm, groupSize: Int
  ) -> String {
    var lines = ["#define LSZ \(groupSize)"]
    if form.hasDouble { lines.append("#define HAS_DOUBLE") }
    lines.append(KernelSource.text("prelude"))
    for width in Set([1, call.width]).sorted() {
      lines.append("#define VW \(width)")
      if width == call.width { lines.append(KernelSource.text("functions")) }
      if form.precision != .fp32 { lines.append(KernelSource.text("precision")) }
      lines.append("#undef VW")
    }
    let macros =
      [("NAME", Self.kernelName), ("VW", "\(call.width)"), ("ARGUMENTS", Launch.arguments)]
      + call.macros + wide.macros + own(call, operands)
    lines += macros.map { "#define \($0.0) \($0.1)" }
    let quads = call.width == 1 ? ["wide_quads"] : []
    lines += (["wide", cell] + quads + [wide.file]).map { KernelSource.text($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where operands are, and which tile a group has.
  private func own(_ call: DeviceCall, _ operands: [String]) -> [(String, String)] {
    var macros = [
      ("UNIT_TILE", "((int)get_group_id(1))"), ("STREAM_TILE", "((int)get_group_id(0))"),
      ("QUAD", "\(WidePacking.quad(form.precision))"), ("AHEAD", "\(WidePacking.ahead)"),
    ]
    var isAligned = true
    for (index, (name, operand)) in zip(operands, call.reads + call.writes).enumerated() {
      let location = operand.map { layout.location(of: $0, at: section.operations.lowerBound) }
      if ["W_", "SC", "ST"].contains(String(name.prefix(2))) {
        macros.append((name, "\(location?.offset ?? 0)"))
        continue
      }
      let type = "__global \(index < call.reads.count ? "const " : "")float *"
      let place = location.map { layout.row(of: $0.space, stream: "(stream)", at: "(at)") } ?? "0"
      macros.append(("\(name)(stream, at)", "((\(type))(\(place) + \(location?.offset ?? 0)))"))
      if name.hasPrefix("A_") { isAligned = isAligned && (location?.offset ?? 0) % 16 == 0 }
    }
    return macros + [("ALIGNED", isAligned ? "1" : "0")]
  }
}

extension RowLayout {
  /// The beginning of a row as text, in a kernel with the arguments of `Launch`.
  func row(of space: Location.Space, stream: String, at: String) -> String {
    func row(_ slab: String, _ index: String, _ bytes: Int) -> String {
      "\(slab) + (ulong)(\(index)) * \(bytes)"
    }
    return switch space {
    case .constants: "constants"
    case .inputs: row("input_rows", "\(stream).x", inputs.byteCount)
    case .outputs: row("output_rows", "\(stream).x", outputs.byteCount)
    case .current: row("state_rows", "\(stream).x * 2 + \(stream).y", states.byteCount)
    case .next: row("state_rows", "\(stream).x * 2 + 1 - \(stream).y", states.byteCount)
    case .crossing: row("crossing_rows", at, crossing.byteCount)
    case .arena, .scratch: preconditionFailure("a wide launch has no rows of its groups")
    }
  }
}
