import SluiceBackends

/// How wide layers in fp16 and bf16 run by matrix instructions (`Kernels/OpenCL/matrix.cl`).
enum MatrixUse: Hashable {
  /// `mma.sync` in inline PTX.
  case instructions
  /// Their plain form, which computes the same sums in a stated order: for tests on a CPU.
  case plain
}

/// What the groups of such a launch are: a file of `Kernels/OpenCL` and the sizes it is specialised with.
struct MatrixForm: Hashable {
  /// Streams of a group.
  let streams: Int
  /// Units of a group.
  let units: Int
  /// Work-items of a group.
  let groupSize: Int
  /// `matrix_few` or `matrix_tile`.
  let file: String
  /// The kernel in it.
  let kernel: String
  /// The file's sizes by macro.
  let sizes: [String: Int]

  /// matrix_few.cl, a warp a group: 8 or 16 streams.
  ///
  /// - Parameters:
  ///   - gates: outputs of the weights for each unit.
  ///   - octets: groups of 8 units that the layer has.
  static func few(streams: Int, gates: Int, octets: Int) -> MatrixForm {
    let own = gates == 1 ? min(4, octets) : 1
    // Blocks under way: as many as 48 KB hold beside the rows.
    let stages = gates * own < 4 ? 12 : 8
    return MatrixForm(
      streams: streams, units: 8 * own, groupSize: 32, file: "matrix_few", kernel: "step_few",
      sizes: ["ITEMS": 32, "STREAMS": streams, "OCTETS": own, "STAGES": stages])
  }

  /// matrix_tile.cl: T64, or T128 with twice the streams and units.
  static func tile(isLarge: Bool, gates: Int) -> MatrixForm {
    let pairs = isLarge ? 2 : 1
    let octets = pairs * (gates == 1 ? 2 : 1)
    return MatrixForm(
      streams: 64 * pairs, units: 32 * octets, groupSize: 256, file: "matrix_tile",
      kernel: "step_tile",
      sizes: [
        "ITEMS": 256, "WARPS_M": 2, "PAIRS": pairs, "OCTETS": octets, "STAGES": isLarge ? 2 : 4,
      ])
  }

  /// For the listing.
  var note: String { "matrix instructions, \(streams) x \(units)" }
}

extension WideDevice {
  /// Forms by number of streams, fewest first, all numbers covered: the largest tile of which there are
  /// enough for nine tenths of the device.
  func matrixForms(
    units: Int, gates: Int
  ) -> [(counts: ClosedRange<Int>, form: MatrixForm)] {
    let octets = (units + 7) / 8
    let (small, large) = (
      MatrixForm.tile(isLarge: false, gates: gates), MatrixForm.tile(isLarge: true, gates: gates)
    )
    let few = [8, 16].map { MatrixForm.few(streams: $0, gates: gates, octets: octets) }
    func first(_ form: MatrixForm) -> Int {
      let columns = (units + form.units - 1) / form.units
      let rows = max((computeUnits * 9 + columns * 10 - 1) / (columns * 10), 1)
      return (rows - 1) * form.streams + 1
    }
    let second = max(first(small), 17)
    let begins = [1, 9, second, max(first(large), second + 64)]
    let ends = begins.dropFirst().map { $0 - 1 } + [Int.max]
    return zip(zip(begins, ends), few + [small, large]).map { (counts: $0.0...$0.1, form: $1) }
  }
}
