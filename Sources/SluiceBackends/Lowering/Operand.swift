/// What a kernel reads or writes.
package struct Operand: Hashable {
  package enum Place: Hashable {
    /// A buffer of the plan.
    case buffer(Int)
    /// An entry of the lowering's tables.
    case table(Int)
    /// Memory that one operation uses while it runs.
    case workspace
  }

  package var place: Place
  /// Bytes from its beginning.
  package var offset = 0

  package init(place: Place, offset: Int = 0) {
    self.place = place
    self.offset = offset
  }

  /// The same, so many bytes further on.
  package func moved(_ bytes: Int) -> Operand { Operand(place: place, offset: offset + bytes) }

  package static func buffer(_ index: Int, offset: Int = 0) -> Operand {
    Operand(place: .buffer(index), offset: offset)
  }
  package static func workspace(offset: Int = 0) -> Operand {
    Operand(place: .workspace, offset: offset)
  }
}
