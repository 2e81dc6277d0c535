/// A state of a batch, cut into rows and joined again.
struct StateRows: Sendable {
  let variable: StateVariable
  let index: Int
  /// The value given for the beginning; nil takes the network's own.
  let given: Tensor?
  /// The axis of `given` that counts rows; nil if all rows begin alike.
  private let axis: Int?

  /// - Throws: `stateRefused` naming expected and found.
  init(
    _ variable: StateVariable, index: Int, given: Tensor?, rows: Int
  ) throws(SessionError) {
    self.variable = variable
    self.index = index
    let shape = variable.initial.shape
    guard let given else {
      (self.given, axis) = (nil, variable.batchAxis)
      return
    }
    let differing = shape.indices.filter {
      given.rank == shape.count && shape[$0] != given.shape[$0]
    }
    let found = differing.first ?? variable.batchAxis
    let fits =
      given.rank == shape.count
      && (differing.isEmpty
        || differing.count == 1 && shape[differing[0]] == 1 && given.shape[differing[0]] == rows
          && (variable.batchAxis ?? differing[0]) == differing[0])
    guard fits, let taken = given.taken(as: variable.initial.elementType) else {
      throw SessionError(
        .stateRefused,
        "state '\(variable.name)' is \(variable.initial.elementType)\(shape), "
          + "with \(rows) rows or 1; found \(given.elementType)\(given.shape)")
    }
    (self.given, axis) = (taken, found)
  }

  /// What `row` begins with; nil for the network's own initial value.
  func initial(row: Int) -> Tensor? {
    guard let given, let axis, given.shape[axis] > 1, given.shape != variable.initial.shape else {
      return given
    }
    return given.entries(row..<(row + 1), along: axis)
  }

  /// Rows in one array: along the batch axis if it is known, else along a new leading one.
  func joined(_ rows: [Tensor]) -> Tensor? {
    guard rows.count > 1 else { return rows.first }
    let units = variable.initial.shape.indices.filter { variable.initial.shape[$0] == 1 }
    guard let axis = axis ?? (units.count == 1 ? units[0] : nil) else {
      return Tensor.stacked(rows, along: 0)
    }
    return Tensor.concatenated(rows, along: axis)
  }
}
