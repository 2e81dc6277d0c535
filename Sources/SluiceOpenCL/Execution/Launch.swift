/// One kernel of a step. A step runs its launches one after another over a chunk of its streams, each of
/// them complete before the next begins.
///
/// Every launch's kernel has the same arguments:
///
///     kernel NAME(__global const uchar *constants, __global uchar *input_rows,
///                 __global uchar *output_rows, __global uchar *state_rows,
///                 __global uchar *crossing_rows, __global uchar *scratch_rows,
///                 __global const int4 *streams, const int first, const int count,
///                 __global int *status)
///
/// It runs `streams[first] ..< streams[first + count]`, each {slot, parity, steps run, 0}. Rows of inputs
/// and outputs are counted by slot, of states by 2 · slot + parity (what the last step left; the other copy
/// is written), of `crossing_rows` by the place in the chunk, 0 ..< count, of `scratch_rows` by work-group.
/// `RowLayout` says how long rows are and where in them a value lies; `StepStatus` what `status` holds.
struct Launch {
  enum Geometry: Hashable {
    /// A work-group carries one stream after another: `get_group_id(0)`, then every
    /// `get_num_groups(0)`-th.
    case perStream
    /// A work-group serves up to `streams` streams: of the chunk those from `streams` ·
    /// `get_group_id(0)` on. Each of them is shared out among `columns` groups, `get_group_id(1)`.
    /// Such a kernel has no rows of `scratch_rows`.
    ///
    /// Where a stream has several `rows`, these take the streams' place. At most `atOnce` tiles of
    /// streams run at the same time, the next ones with an offset of as many.
    case tiles(streams: Int, columns: Int, rows: Int = 1, atOnce: Int? = nil)
  }

  /// OpenCL C, a program of its own.
  var source: String
  /// The kernel's name in it.
  var kernel: String
  var geometry: Geometry
  /// Work-items of a group.
  var groupSize: Int
  /// For the listing and for messages: `operations 3 ..< 40`.
  var note: String
  /// Numbers of streams for which a step runs it; launches that do the same for other numbers follow.
  var counts: ClosedRange<Int> = 1...Int.max
  /// Of `RowLayout.sections`.
  var section = 0
  /// How often it runs, with its number as offset in the third dimension. Launches that follow each other
  /// with the same number above 1 take turns.
  var steps = 1

  /// The parameters of every launch's kernel.
  static let arguments =
    "__global const uchar *constants, __global uchar *input_rows, __global uchar *output_rows, "
    + "__global uchar *state_rows, __global uchar *crossing_rows, __global uchar *scratch_rows, "
    + "__global const int4 *streams, const int first, const int count, __global int *status"

  /// Work-items in all of a chunk of `count` streams, by groups that each have a row of scratch, part by
  /// part.
  func parts(
    _ count: Int, scratchRows: Int, step: Int = 0
  ) -> some Sequence<(offset: WorkSize, size: WorkSize)> {
    let (groups, most, columns) =
      switch geometry {
      case .perStream:
        (max(min(scratchRows, count), 1), Int.max, 1)
      case .tiles(let streams, let columns, let rows, let atOnce):
        (max((count * rows + streams - 1) / streams, 1), atOnce ?? .max, columns)
      }
    return stride(from: 0, to: groups, by: min(most, groups)).lazy.map { [groupSize] first in
      (
        WorkSize(first * groupSize, 0, step),
        WorkSize(min(most, groups - first) * groupSize, columns)
      )
    }
  }
}

extension Launch {
  /// The numbers of streams, of `rows` rows each, that have as many rows as `counts`; nil if none has.
  static func streams(_ counts: ClosedRange<Int>, rows: Int) -> ClosedRange<Int>? {
    let first = (counts.lowerBound + rows - 1) / rows
    let last = counts.upperBound == .max ? .max : counts.upperBound / rows
    return first <= last ? first...last : nil
  }
}

extension RowLayout {
  /// The launches of a step.
  func launches(_ lowering: DeviceLowering) -> [Launch] {
    sections.indices.flatMap { index in
      launches(lowering, section: index).map { launch in
        var launch = launch
        launch.section = index
        return launch
      }
    }
  }

  private func launches(_ lowering: DeviceLowering, section index: Int) -> [Launch] {
    if sections[index].sharesGroups {
      let source = WideSource(layout: self, section: sections[index], form: lowering.form)
      return lowering.calls[sections[index].operations].joined().flatMap(source.launches)
    }
    let generator = RegionGenerator(lowering, self, section: index)
    let (bodies, calls) = generator.counts
    if calls == 0 { return [] }
    return [
      Launch(
        source: generator.source, kernel: RegionGenerator.kernelName, geometry: .perStream,
        groupSize: lowering.form.groupSize,
        note: "operations \(sections[index].operations), \(calls) calls of \(bodies) bodies, "
          + "\(rows[index].arenaByteCount) bytes of local memory a group")
    ]
  }
}
