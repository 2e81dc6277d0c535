import SluiceBackends

/// What decides how whole sequences run on a device (`Kernels/OpenCL/sequence.cl`).
struct SequenceDevice: Hashable {
  /// Work-groups of `GridBarrier.items` that run at the same time, as a probe found; 0 where groups
  /// may not wait for each other.
  var groups: Int
  /// Groups of them that may share a row's units.
  var most = Int.max
  /// Words of U that a work-item's registers hold beside the rest (`Scripts/check-ptx`), two 16-bit
  /// values each or a float.
  var words = 96
  var floatWords = 128
  /// Bytes of a group's local memory for the warps' sums.
  var partialBytes = GridBarrier.localByteCount
  /// Looks of a wait; nil for what `waiting.cl` says.
  var bound: Int?
  /// Whether groups look, fence and multiply by inline PTX.
  var use = MatrixUse.instructions
  /// Whether a fence orders what a group stores for others. Without, only words that carry their own step
  /// pass between groups: states that stay below 2.
  var hasFences = true
}

/// What the groups of a sequence's launch are: a file of `Kernels/OpenCL` and the sizes it is specialised
/// with. U decides the order of its sums: `rows` changes no bits.
struct SequenceForm: Hashable {
  /// What runs the steps, by its file's name.
  enum Kind: String {
    /// One group has all units of its rows.
    case small = "sequence_small"
    /// Groups share a row's units and exchange its states.
    case exchanging = "sequence"
    /// The same in float32.
    case exchangingFloats = "sequence_fma"
  }

  let kind: Kind
  /// Rows of a group or team: 8 or 16.
  let rows: Int
  /// Groups that share the units of a row.
  let groups: Int
  /// Octets of units of a warp (`small`) or group.
  let octets: Int
  let warps: Int
  /// Copies of the warps' sums; of `exchangingFloats`, rows whose sums meet at a time.
  let partials: Int

  var groupSize: Int { 32 * warps }

  var sizes: [(name: String, value: Int)] {
    let own = [("ROWS", rows), ("OCTETS", octets), ("WARPS", warps), ("ITEMS", groupSize)]
    switch kind {
    case .small: return own
    case .exchanging: return own + [("GROUPS", groups), ("PARTIALS", partials), ("COUNT_IN", 1)]
    case .exchangingFloats:
      return own + [("GROUPS", groups), ("SHARE", partials), ("COUNT_IN", 1), ("FLOATS", 1)]
    }
  }

  /// For the listing.
  var note: String {
    kind == .small
      ? "U in the registers of one group, \(rows) rows"
      : "U in the registers of \(groups) groups of \(groupSize), \(rows) rows"
  }
}

extension SequenceDevice {
  /// Most units of one group: the U of more does not fit its registers.
  static let smallUnits = 128

  /// Forms for 8 and 16 rows, whose bits are equal.
  ///
  /// - Parameters:
  ///   - units: a multiple of 32.
  ///   - gates: outputs of U for each unit.
  ///   - precision: fp32, fp16 or bf16.
  /// - Returns: empty where U does not fit the device.
  func forms(units: Int, gates: Int, precision: Precision) -> [SequenceForm] {
    if precision == .fp32 { return floatForms(units: units, gates: gates) }
    if units <= Self.smallUnits {
      let octets = units / 8
      let warps = (1...8).last { octets % $0 == 0 } ?? 1
      // Four gates of 128 units leave no registers for 16 rows.
      return (gates * units > 384 ? [8] : [8, 16]).map {
        SequenceForm(
          kind: .small, rows: $0, groups: 1, octets: octets / warps, warps: warps, partials: 1)
      }
    }
    guard let octets = octets(units) else { return [] }
    let tileBytes = octets * gates * 16 * 8 * 4
    let fitting = (1...8).last { (units / 32) % $0 == 0 && $0 * tileBytes <= partialBytes }
    guard let warps = fitting, units / 32 / warps * octets * gates * 4 <= words else { return [] }
    let partials = 2 * warps * tileBytes <= partialBytes ? 2 : 1
    return [8, 16].map {
      SequenceForm(
        kind: .exchanging, rows: $0, groups: units / 8 / octets, octets: octets, warps: warps,
        partials: partials)
    }
  }

  private func floatForms(units: Int, gates: Int) -> [SequenceForm] {
    guard let octets = octets(units), let warps = (1...8).last(where: { units / 16 % $0 == 0 }),
      units / 16 / warps * octets * gates * 4 <= floatWords
    else { return [] }
    let rowBytes = 32 * octets * gates * (4 * warps + 5)
    guard let share = [8, 4, 2, 1].first(where: { $0 * rowBytes <= partialBytes }) else {
      return []
    }
    return [8, 16].map {
      SequenceForm(
        kind: .exchangingFloats, rows: $0, groups: units / 8 / octets, octets: octets,
        warps: warps, partials: share)
    }
  }

  /// The fewest octets a group that all groups run at the same time.
  private func octets(_ units: Int) -> Int? {
    let all = units / 8
    return (1...all).first { all % $0 == 0 && all / $0 <= min(groups, most) }
  }

  /// Forms by number of rows, all numbers covered: 8 rows a team as long as all teams run together.
  func choices(
    _ forms: [SequenceForm], computeUnits: Int
  ) -> [(counts: ClosedRange<Int>, form: SequenceForm)] {
    guard let few = forms.first, let many = forms.dropFirst().first else {
      return forms.map { (1...Int.max, $0) }
    }
    let teams = few.kind == .small ? computeUnits : max(groups / few.groups, 1)
    return [(1...8 * teams, few), (8 * teams + 1...Int.max, many)]
  }
}
