/// Operations that follow each other and run in one launch, or in launches of their own.
struct StepSection: Hashable {
  var operations: Range<Int>
  /// Whether a work-group serves several streams (`Launch.Geometry.tiles`). It has no row of scratch
  /// then: all that its operations touch, their workspace too, lies in the streams' own rows.
  var sharesGroups = false
}

extension DeviceLowering {
  /// The plan in one piece, or in pieces that begin at operations `cuts` as well.
  func sections(cuts: [Int] = []) -> [StepSection] {
    let starts = [0] + Set(cuts).filter { 0 < $0 && $0 < plan.operations.count }.sorted()
    return zip(starts, starts.dropFirst() + [plan.operations.count]).map {
      StepSection(operations: $0..<$1)
    }
  }
}
