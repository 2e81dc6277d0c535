import SluiceBackends
import SluicePlanning

/// Writes the OpenCL C of a section: one function per operator body and one kernel (`Launch`) that calls
/// them in order, in which a work-group carries one stream after another through the section.
struct RegionGenerator {
  let lowering: DeviceLowering
  let layout: RowLayout
  let section: StepSection
  /// Whether no section comes after it, so that it brings results to their place.
  let isLast: Bool
  private var lines: [String] = []
  private var body: [String] = []
  /// What the calls since the last barrier read and wrote.
  private var reads: [(space: Location.Space, range: Range<Int>)] = []
  private var writes: [(space: Location.Space, range: Range<Int>)] = []

  /// The name of the kernel in the source.
  static let kernelName = "region"

  /// - Parameter section: an index into the layout's.
  init(_ lowering: DeviceLowering, _ layout: RowLayout, section: Int) {
    self.lowering = lowering
    self.layout = layout
    self.section = layout.sections[section]
    isLast = section == layout.sections.count - 1
  }

  /// The whole source.
  mutating func source() -> String {
    (lines, body, reads, writes) = ([], [], [], [])
    lines.append("#define LSZ \(lowering.form.groupSize)")
    if lowering.form.hasDouble { lines.append("#define HAS_DOUBLE") }
    lines.append(KernelSource.text("prelude"))
    for width in widths {
      lines += ["#define VW \(width)", KernelSource.text("functions"), "#undef VW"]
    }
    if files.contains(where: Self.linedFiles.contains) { lines.append(KernelSource.text("lanes")) }
    for operation in section.operations {
      for (index, call) in lowering.calls[operation].enumerated() { add(call, operation, index) }
    }
    if isLast { addTransfers() }
    return (lines + kernel).joined(separator: "\n") + "\n"
  }

  /// Bodies with sums in lanes.
  private static let linedFiles: Set<String> = ["softmax", "layer_norm", "group_norm", "reduce"]

  private var calls: [DeviceCall] { Array(lowering.calls[section.operations].joined()) }

  private var files: [String] {
    calls.compactMap { call in
      if case .file(let name) = call.body { name } else { nil }
    }
  }

  /// The widths of bodies that name elementary functions.
  private var widths: [Int] {
    let naming = calls.filter { call in
      let texts = [Self.text(call.body)] + call.macros.map(\.value)
      return texts.contains { $0.contains("_of_") || $0.contains("held_") }
    }
    return Set(naming.map(\.width)).sorted()
  }

  // MARK: Calls

  private mutating func add(_ call: DeviceCall, _ operation: Int, _ index: Int) {
    let name = "operation_\(operation)_\(index)"
    let operands = call.reads + call.writes
    let locations = operands.map { $0.map { layout.location(of: $0, in: section) } }
    lines.append("// \(name): \(lowering.plan.operations[operation].kind)")
    define(
      name, locations.map { $0?.space }, call.body,
      [("OPERATION", "\(operation)"), ("VW", "\(call.width)")] + call.macros)
    separate(call)
    let needsStatus = Self.text(call.body).contains("*status")
    run(
      name, zip(locations, operands.indices).map { ($0, $1 >= call.reads.count) },
      status: needsStatus)
  }

  /// The function, between definitions that end with it.
  private mutating func define(
    _ name: String, _ spaces: [Location.Space?], _ body: DeviceCall.Body,
    _ macros: [(name: String, value: String)]
  ) {
    var all = [("NAME", name)]
    all += spaces.enumerated().map { ("S\($0.offset)", Self.addressSpace($0.element)) }
    all += macros.map { ($0.name, $0.value) }
    lines += all.map { "#define \($0.0) \($0.1)" }
    lines.append(Self.text(body))
    lines += all.map { "#undef \($0.0.prefix { $0 != "(" })" }
  }

  private static func text(_ body: DeviceCall.Body) -> String {
    switch body {
    case .file(let name): KernelSource.text(name)
    case .text(let text): text
    }
  }

  private static func addressSpace(_ space: Location.Space?) -> String { "__global" }

  private mutating func run(
    _ name: String, _ operands: [(Location?, isWritten: Bool)], status: Bool,
    guard test: String = ""
  ) {
    var arguments = operands.map { location, isWritten in
      guard let location else { return "0" }
      let space = Self.addressSpace(location.space)
      let type = isWritten ? "\(space) void *" : "\(space) const void *"
      return "(\(type))(\(location.space.rawValue) + \(location.offset))"
    }
    if status { arguments.append("status") }
    body.append("    \(test)\(name)(\(arguments.joined(separator: ", ")));")
  }

  /// A barrier where the call touches what others of the group wrote, or writes what they read, since
  /// the last one.
  private mutating func separate(_ call: DeviceCall) {
    guard lowering.form.groupSize > 1 else { return }
    let (own, results) = (
      call.reads.compactMap { $0.map { layout.span(of: $0, in: section) } },
      call.writes.compactMap { $0.map { layout.span(of: $0, in: section) } }
    )
    func meet(
      _ a: [(space: Location.Space, range: Range<Int>)],
      _ b: [(space: Location.Space, range: Range<Int>)]
    ) -> Bool {
      a.contains { x in b.contains { $0.space == x.space && $0.range.overlaps(x.range) } }
    }
    if meet(own, writes) || meet(results, writes) || meet(results, reads) { barrier() }
    reads += own
    writes += results
  }

  private mutating func barrier() {
    if lowering.form.groupSize > 1 { body.append("    BARRIER") }
    (reads, writes) = ([], [])
  }

  // MARK: Results

  /// Results that lie elsewhere go to their place; a state before its first step stays as it is.
  private mutating func addTransfers() {
    let transfers = layout.transfers
    let held = lowering.plan.states.enumerated().filter { $0.element.variable.firstStep > 0 }
    if !transfers.isEmpty { barrier() }
    for (index, transfer) in transfers.enumerated() {
      copy("transfer_\(index)", transfer.from, transfer.to, transfer.byteCount, guard: "")
    }
    if !held.isEmpty { barrier() }
    for (index, state) in held where state.variable.initial.byteCount > 0 {
      let offset = layout.states.offsets[index]
      copy(
        "hold_\(index)", Location(space: .current, offset: offset),
        Location(space: .next, offset: offset), state.variable.initial.byteCount,
        guard: "if (stream.z < \(state.variable.firstStep)) ")
    }
  }

  private mutating func copy(
    _ name: String, _ from: Location, _ to: Location, _ byteCount: Int, guard test: String
  ) {
    let size = [8, 4, 2].first { (from.offset | to.offset | byteCount) % $0 == 0 } ?? 1
    let type = [1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"][size] ?? "uchar"
    let count = byteCount / size
    define(
      name, [from.space, to.space], .file("copy"),
      [
        ("VW", "\(lowering.form.width(count))"), ("T", type), ("ROWS", "1"), ("N", "\(count)"),
        ("X_STEP", "1"), ("Y_STEP", "1"), ("SOURCE(row)", "0"), ("TARGET(row)", "0"),
      ])
    run(name, [(from, false), (to, true)], status: false, guard: test)
  }

  // MARK: Kernel

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
        for (int i = get_group_id(0); i < count; i += get_num_groups(0)) {
          const int4 stream = streams[first + i];
      """
    ]
      + rows.map {
        "    __global uchar *\($0.name) = \($0.slab) + (ulong)(\($0.index)) * \($0.bytes);"
      } + body + ["    BARRIER", "  }", "}"]
  }
}
