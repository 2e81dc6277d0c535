import SluiceBackends
import SluicePlanning

/// Writes the OpenCL C of a section: one function per distinct operator body and one kernel (`Launch`)
/// that calls them in order, in which a work-group carries one stream after another through the section.
struct RegionGenerator {
  let lowering: DeviceLowering
  let layout: RowLayout
  let section: StepSection
  /// What belongs to the section alone.
  private let row: SectionRow
  /// Whether no section comes after it, so that it brings results to their place.
  let isLast: Bool
  private var table = BodyTable()
  /// What the calls since the last barrier read and wrote.
  private var reads: [Span] = []
  private var writes: [Span] = []

  private typealias Span = (space: Location.Space, range: Range<Int>)

  /// The name of the kernel in the source.
  static let kernelName = "region"

  /// - Parameter section: an index into the layout's.
  init(_ lowering: DeviceLowering, _ layout: RowLayout, section: Int) {
    self.lowering = lowering
    self.layout = layout
    self.section = layout.sections[section]
    row = layout.rows[section]
    isLast = section == layout.sections.count - 1
    for operation in self.section.operations {
      for call in lowering.calls[operation] { add(call, operation) }
    }
    if isLast { addTransfers() }
  }

  /// The whole source.
  var source: String {
    (words + table.functions + table.rows + kernel).joined(separator: "\n") + "\n"
  }

  /// Distinct bodies and calls of them, for the listing.
  var counts: (bodies: Int, calls: Int) { (table.bodies.count, table.calls.count) }

  /// What bodies are written in.
  private var words: [String] {
    var lines = ["#define LSZ \(lowering.form.groupSize)"]
    if lowering.form.hasDouble { lines.append("#define HAS_DOUBLE") }
    lines.append(KernelSource.text("prelude"))
    for width in widths {
      lines += ["#define VW \(width)", KernelSource.text("functions"), "#undef VW"]
    }
    for width in precisionWidths {
      lines += ["#define VW \(width)", KernelSource.text("precision"), "#undef VW"]
    }
    let sumsLanes = lowering.calls[section.operations].joined().contains { call in
      if case .file(let name) = call.body { Self.lanedFiles.contains(name) } else { false }
    }
    if sumsLanes { lines.append(KernelSource.text("lanes")) }
    return lines
  }

  /// Bodies with sums in lanes.
  private static let lanedFiles: Set<String> = ["softmax", "layer_norm", "group_norm", "reduce"]

  /// The widths of bodies that name elementary functions.
  private var widths: [Int] {
    let naming = lowering.calls[section.operations].joined().filter { call in
      let texts = [call.body.source] + call.macros.map(\.value)
      return texts.contains { $0.contains("_of_") || $0.contains("held_") }
    }
    return Set(naming.map(\.width)).sorted()
  }

  /// The widths of factors of products below fp32.
  private var precisionWidths: [Int] {
    let own = lowering.calls[section.operations].joined().filter { call in
      call.macros.contains { $0.name == "PRECISION" && $0.value != Precision.fp32.rawValue }
    }
    return own.isEmpty ? [] : Set(own.map(\.width) + [1]).sorted()
  }

  // MARK: Calls

  private mutating func add(_ call: DeviceCall, _ operation: Int) {
    let locations = (call.reads + call.writes).map {
      $0.map { layout.location(of: $0, at: operation) }
    }
    let needsBarrier = meetsOthers(call, operation)
    append(
      call.body, [("VW", "\(call.width)")] + call.macros, locations, reads: call.reads.count,
      operation: operation, needsBarrier: needsBarrier)
  }

  private mutating func append(
    _ body: DeviceCall.Body, _ macros: [(name: String, value: String)], _ locations: [Location?],
    reads: Int, operation: Int = 0, needsBarrier: Bool, firstSteps: Int? = nil
  ) {
    let number = table.number(
      of: BodyTable.Body(
        text: body.source, macros: macros.map { "\($0.name) \($0.value)" },
        spaces: locations.map { $0?.space }, reads: reads))
    table.add(
      BodyTable.Call(
        body: number, operation: operation, needsBarrier: needsBarrier, firstSteps: firstSteps,
        offsets: locations.map { $0?.offset ?? 0 }))
  }

  /// Whether a call touches what others of the group wrote, or writes what they read, since the last
  /// barrier. If so the barrier before it is the last one from now on.
  private mutating func meetsOthers(_ call: DeviceCall, _ operation: Int) -> Bool {
    let own = call.reads.compactMap { $0.map { layout.span(of: $0, at: operation) } }
    let results = call.writes.compactMap { $0.map { layout.span(of: $0, at: operation) } }
    func meet(_ a: [Span], _ b: [Span]) -> Bool {
      a.contains { x in b.contains { $0.space == x.space && $0.range.overlaps(x.range) } }
    }
    let meets = meet(own, writes) || meet(results, writes) || meet(results, reads)
    if meets { (reads, writes) = ([], []) }
    reads += own
    writes += results
    return meets
  }

  // MARK: Results

  /// Results that lie elsewhere go to their place; a state before its first step stays as it is.
  private mutating func addTransfers() {
    for (index, transfer) in layout.transfers.enumerated() {
      copy(transfer.from, transfer.to, transfer.byteCount, needsBarrier: index == 0)
    }
    let held = lowering.plan.states.enumerated().filter {
      $0.element.variable.firstStep > 0 && $0.element.variable.initial.byteCount > 0
    }
    for (position, (index, state)) in held.enumerated() {
      let offset = layout.states.offsets[index]
      copy(
        Location(space: .current, offset: offset), Location(space: .next, offset: offset),
        state.variable.initial.byteCount, needsBarrier: position == 0,
        firstSteps: state.variable.firstStep)
    }
  }

  private mutating func copy(
    _ from: Location, _ to: Location, _ byteCount: Int, needsBarrier: Bool, firstSteps: Int? = nil
  ) {
    let size = [8, 4, 2].first { (from.offset | to.offset | byteCount) % $0 == 0 } ?? 1
    let type = [1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"][size] ?? "uchar"
    let count = byteCount / size
    append(
      .file("copy"),
      [
        ("VW", "\(lowering.form.width(count))"), ("T", type), ("ROWS", "1"), ("N", "\(count)"),
        ("X_STEP", "1"), ("Y_STEP", "1"), ("SOURCE(row)", "0"), ("TARGET(row)", "0"),
      ], [from, to], reads: 1, needsBarrier: needsBarrier, firstSteps: firstSteps)
  }

  // MARK: Kernel

  /// Not from the first byte of local memory on: its address can be that of a null pointer, by which
  /// bodies know an operand that is absent.
  private var arena: String {
    let size = row.arenaByteCount
    return size == 0
      ? ""
      : "  __local uchar own[\(size + 64)] __attribute__((aligned(64)));\n"
        + "  __local uchar *arena = own + 64;\n"
  }

  private var kernel: [String] {
    let rows: [(name: String, slab: String, index: String, bytes: Int)] = [
      ("inputs", "input_rows", "stream.x", layout.inputs.byteCount),
      ("outputs", "output_rows", "stream.x", layout.outputs.byteCount),
      ("current", "state_rows", "stream.x * 2 + stream.y", layout.states.byteCount),
      ("next", "state_rows", "stream.x * 2 + 1 - stream.y", layout.states.byteCount),
      ("crossing", "crossing_rows", "i", layout.crossing.byteCount),
    ]
    return [
      """
      __kernel __attribute__((reqd_work_group_size(LSZ, 1, 1)))
      void \(Self.kernelName)(
          __global const uchar *constants, __global uchar *input_rows, __global uchar *output_rows,
          __global uchar *state_rows, __global uchar *crossing_rows, __global uchar *scratch_rows,
          __global const int4 *streams, const int first, const int count, __global int *status) {
        __global uchar *scratch = scratch_rows + (ulong)get_group_id(0) * \(layout.scratchByteCount);
      \(arena)  for (int i = get_group_id(0); i < count; i += get_num_groups(0)) {
          const int4 stream = streams[first + i];
      """
    ]
      + rows.map {
        "    __global uchar *\($0.name) = \($0.slab) + (ulong)(\($0.index)) * \($0.bytes);"
      } + table.loop(barriers: lowering.form.groupSize > 1) + ["    BARRIER", "  }", "}"]
  }
}

extension DeviceCall.Body {
  /// OpenCL C with a function `NAME`.
  fileprivate var source: String {
    switch self {
    case .file(let name): KernelSource.text(name)
    case .text(let text): text
    case .wide: preconditionFailure("a wide layer has a launch of its own")
    }
  }
}
