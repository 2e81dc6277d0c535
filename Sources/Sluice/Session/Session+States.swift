/// What a stream carries between frames, by name: the input's name for states that the network
/// declares, else `node.role` such as `GRU_12.hidden`.
extension Session {
  /// Names in the network's order.
  public var stateNames: [String] { engine.stepGraph.program.states.map(\.name) }

  /// Every state as the last step left it.
  public var states: NamedTensors {
    get throws(SessionError) {
      try withStream { (stream) throws(SessionError) in try lane.states(of: stream) }
    }
  }

  /// One state as the last step left it.
  ///
  /// - Throws: `stateRefused` listing the names there are; `closed`.
  public func state(_ name: String) throws(SessionError) -> Tensor {
    let index = try engine.stateIndex(name)
    return try withStream { (stream) throws(SessionError) in try lane.state(index, of: stream) }
  }

  /// Replaces one state before the next frame.
  ///
  /// - Parameter value: of the state's shape and element type.
  /// - Throws: `stateRefused` naming expected and found; `closed`.
  public func setState(_ name: String, to value: Tensor) throws(SessionError) {
    let index = try engine.stateIndex(name)
    let checked = try engine.checkedState(index, value)
    try withStream { (stream) throws(SessionError) in
      try lane.setStates(of: stream, [(index, checked)])
    }
  }

  /// Replaces several states at once; all are checked before the first is set.
  public func setStates(_ values: NamedTensors) throws(SessionError) {
    var checked: [(index: Int, value: Tensor)] = []
    for (name, value) in values {
      let index = try engine.stateIndex(name)
      checked.append((index, try engine.checkedState(index, value)))
    }
    let values = checked
    try withStream { (stream) throws(SessionError) in
      try lane.setStates(of: stream, values)
    }
  }
}

extension Engine {
  func stateIndex(_ name: String) throws(SessionError) -> Int {
    let names = stepGraph.program.states.map(\.name)
    guard let index = names.firstIndex(of: name) else {
      throw SessionError(
        .stateRefused,
        names.isEmpty
          ? "no state '\(name)': the network has none"
          : "no state '\(name)': the network has \(quoted(names))")
    }
    return index
  }

  func checkedState(_ index: Int, _ value: Tensor) throws(SessionError) -> Tensor {
    let variable = stepGraph.program.states[index]
    let expected = variable.initial
    guard value.shape == expected.shape, let taken = value.taken(as: expected.elementType) else {
      throw SessionError(
        .stateRefused,
        "state '\(variable.name)' is \(expected.elementType)\(expected.shape); "
          + "found \(value.elementType)\(value.shape)")
    }
    return taken
  }
}
