import SluiceBackends

/// What decides how whole sequences run on a device (`Kernels/OpenCL/sequence.cl`).
struct SequenceDevice: Hashable {
  /// Work-groups of `GridBarrier.items` that run at the same time, as a probe found; 0 where groups
  /// may not wait for each other.
  var groups: Int
  /// Groups of them that may share a row's units.
  var most = Int.max
  /// Words of U that a work-item's registers hold beside the rest (`Scripts/check-ptx`).
  var words = 96
  /// Bytes of a group's local memory for the warps' sums.
  var partialBytes = 40 << 10
  /// Looks of a wait; nil for what `waiting.cl` says.
  var bound: Int?
}

/// What the groups of a sequence's launch are: a file of `Kernels/OpenCL` and the sizes it is specialised
/// with. U decides the order of its sums: `rows` changes no bits.
struct SequenceForm: Hashable {
  /// Rows of a group or team: 8 or 16.
  let rows: Int
  /// Groups that share the units of a row; 1 and `isSmall` where one has all.
  let groups: Int
  /// Octets of units of a warp (`isSmall`) or group.
  let octets: Int
  let warps: Int
  let isSmall: Bool
  /// Copies of the warps' sums.
  let partials: Int

  var file: String { isSmall ? "sequence_small" : "sequence" }
  var groupSize: Int { 32 * warps }

  var sizes: [(name: String, value: Int)] {
    let own = [("ROWS", rows), ("OCTETS", octets), ("WARPS", warps), ("ITEMS", groupSize)]
    return isSmall ? own : own + [("GROUPS", groups), ("PARTIALS", partials), ("COUNT_IN", 1)]
  }

  /// For the listing.
  var note: String {
    isSmall
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
  /// - Returns: empty where U does not fit the device.
  func forms(units: Int, gates: Int) -> [SequenceForm] {
    if units <= Self.smallUnits {
      let octets = units / 8
      let warps = (1...8).last { octets % $0 == 0 } ?? 1
      // Four gates of 128 units leave no registers for 16 rows.
      return (gates * units > 384 ? [8] : [8, 16]).map {
        SequenceForm(
          rows: $0, groups: 1, octets: octets / warps, warps: warps, isSmall: true, partials: 1)
      }
    }
    let all = units / 8
    let share = (1...all).first { all % $0 == 0 && all / $0 <= min(groups, most) }
    guard let octets = share else { return [] }
    let tileBytes = octets * gates * 16 * 8 * 4
    let fitting = (1...8).last { (units / 32) % $0 == 0 && $0 * tileBytes <= partialBytes }
    guard let warps = fitting, units / 32 / warps * octets * gates * 4 <= words else { return [] }
    let partials = 2 * warps * tileBytes <= partialBytes ? 2 : 1
    return [8, 16].map {
      SequenceForm(
        rows: $0, groups: all / octets, octets: octets, warps: warps, isSmall: false,
        partials: partials)
    }
  }

  /// Forms by number of rows, all numbers covered: 8 rows a team as long as all teams run together.
  func choices(
    _ forms: [SequenceForm], computeUnits: Int
  ) -> [(counts: ClosedRange<Int>, form: SequenceForm)] {
    guard let few = forms.first, let many = forms.dropFirst().first else {
      return forms.map { (1...Int.max, $0) }
    }
    let teams = few.isSmall ? computeUnits : max(groups / few.groups, 1)
    return [(1...8 * teams, few), (8 * teams + 1...Int.max, many)]
  }
}
