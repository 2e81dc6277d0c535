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
    func matrix(_ use: MatrixUse) -> MatrixSource {
      MatrixSource(layout: layout, section: section, form: form, use: use)
    }
    if cell == SequenceSource.file, let sequences = form.sequences {
      return SequenceSource(matrix: matrix(sequences.use), device: sequences)
        .launches(call, operands)
    }
    if call.has(MatrixSource.mark), let use = device.matrix {
      return matrix(use).launches(call, cell, operands)
    }
    let (units, sums) = (call.size("N"), call.size("G"))
    let segments = (max(call.size("K_0"), call.size("K_1")) + 127) / 128
    let rows = max(call.size(WideMark.rows), 1)
    return device.forms(units: units, sums: sums, segments: segments).compactMap { entry in
      guard let streams = Launch.streams(entry.counts, rows: rows) else { return nil }
      let wide = entry.form
      return Launch(
        source: source(call, cell, operands, wide, groupSize: wide.groupSize(sums: sums)),
        kernel: Self.kernelName,
        geometry: .tiles(
          streams: wide.streams, columns: (units + wide.units - 1) / wide.units, rows: rows),
        groupSize: wide.groupSize(sums: sums),
        note: "\(cell), \(call.note), \(wide.note)", counts: streams,
        steps: call.steps?.count ?? 1)
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
    let steps = call.steps == nil ? [] : ["steps"]
    lines += (["wide"] + steps + [cell] + quads + [wide.file]).map { KernelSource.text($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where operands are, and which tile a group has.
  private func own(_ call: DeviceCall, _ operands: [String]) -> [(String, String)] {
    var macros = [
      ("UNIT_TILE", "((int)get_group_id(1))"), ("STREAM_TILE", "((int)get_group_id(0))"),
      ("QUAD", "\(WidePacking.quad(form.precision))"), ("AHEAD", "\(WidePacking.ahead)"),
    ]
    var isAligned = !call.has(WideMark.unaligned)
    for (index, (name, operand)) in zip(operands, call.reads + call.writes).enumerated() {
      let location = operand.map { layout.location(of: $0, at: section.operations.lowerBound) }
      if Self.tables.contains(name) {
        macros.append((name, "\(location?.offset ?? 0)"))
        continue
      }
      let type = "__global \(index < call.reads.count ? "const " : "")float *"
      guard let location else {
        macros.append(("\(name)(stream, at)", "((\(type))0)"))
        continue
      }
      let row = layout.row(of: location.space, stream: "(stream)", at: "(at) / EACH_STREAM")
      let place = call.has(WideMark.place(of: name)) ? " + \(name)_AT((at) % EACH_STREAM)" : ""
      macros.append(
        ("\(name)(stream, at)", "((\(type))(\(row) + \(location.offset))\(place))"))
      isAligned = isAligned && location.offset % 16 == 0
    }
    for (name, word) in call.steps?.places ?? [] {
      macros.append(("\(name)(stream, at)", "\(word)(stream, at)"))
    }
    let bound = operands + (call.steps?.places.map(\.name) ?? [])
    macros += Self.tables.filter { !bound.contains($0) }.map { ($0, "0") }
    macros += ["K_0", "K_1"].filter { !call.has($0) }.map { ($0, "0") }
    macros += ["A_0", "A_1"].filter { !bound.contains($0) }.map {
      ("\($0)(stream, at)", "((__global const float *)0)")
    }
    return macros + [("ALIGNED", isAligned ? "1" : "0")]
  }

  /// Operands that every kernel of wide layers knows by their offset in the constants.
  private static let tables = ["W_0", "W_1", "SCALE_0", "SCALE_1", "START"]
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
