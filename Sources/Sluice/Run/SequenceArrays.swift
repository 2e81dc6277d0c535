/// A caller's arrays for whole calls: those with a leading axis more than their input, one entry for
/// each call, and those that every call takes as they are.
struct SequenceArrays {
  /// Initial values of states that were left out are filled in.
  private(set) var repeated: [String: Tensor] = [:]
  private(set) var perCall: [String: Tensor] = [:]
  /// Entries of the leading axis, and the input that said so; nil if no array has one.
  private(set) var calls: (count: Int, input: String)?

  /// - Parameter states: what the network carries as a stream, if it can be one.
  /// - Throws: `inputRefused`, naming the input, what was expected and what was found.
  init(
    _ arrays: [String: Tensor], of model: Model, states: [StateVariable]
  ) throws(SluiceError) {
    let known = model.inputs.map(\.name)
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
      guard known.contains(name) else {
        throw SluiceError(.inputRefused, "'\(name)' is no input; the network has \(quoted(known))")
      }
      guard model.agrees(array, withValueBoundTo: name) ?? true else {
        throw SluiceError(
          .inputRefused, "'\(name)' was bound to another value and cannot change")
      }
    }
    for port in model.inputs {
      let state = states.first { $0.name == port.name }
      if let array = arrays[port.name] {
        try include(array, port, isState: state != nil)
      } else if let state {
        repeated[port.name] = model.initial(of: state, for: arrays)
      } else if !model.isBound(port.name) {
        throw SluiceError(.inputRefused, "missing '\(port.name)' \(port.type)")
      }
    }
  }

  private mutating func include(
    _ array: Tensor, _ port: ModelPort, isState: Bool
  ) throws(SluiceError) {
    guard try isPerCall(array, port, isState: isState) else {
      repeated[port.name] = array
      return
    }
    if let calls, calls.count != array.shape[0] {
      throw SluiceError(
        .inputRefused,
        "'\(calls.input)' has \(calls.count) entries along the leading axis "
          + "and '\(port.name)' has \(array.shape[0])")
    }
    calls = (array.shape[0], port.name)
    perCall[port.name] = array
  }

  /// Whether an array has one axis more than its input, for the calls.
  private func isPerCall(
    _ array: Tensor, _ port: ModelPort, isState: Bool
  ) throws(SluiceError) -> Bool {
    guard let shape = port.type.shape else { return false }
    let lead = array.rank - shape.rank
    let fits =
      (lead == 0 || lead == 1 && !isState) && !array.shape.prefix(max(lead, 0)).contains(0)
      && zip(shape.dimensions, array.shape.dropFirst(max(lead, 0))).allSatisfy { dimension, size in
        dimension.size == nil || dimension.size == size
      }
    guard fits, array.taken(as: port.type.elementType) != nil else {
      let more = isState ? "" : ", or that with one more leading axis"
      throw SluiceError(
        .inputRefused,
        "'\(port.name)' is \(port.type)\(more); found \(array.elementType)\(array.shape)")
    }
    return lead == 1
  }
}

extension Model {
  /// A state's initial value for as many rows as the arrays have: the size of the dimension that the
  /// state's batch axis shares its symbol with.
  fileprivate func initial(of state: StateVariable, for inputs: [String: Tensor]) -> Tensor {
    guard let axis = state.batchAxis,
      let shape = self.inputs.first(where: { $0.name == state.name })?.type.shape,
      shape.dimensions.indices.contains(axis), case .symbol(let symbol) = shape[axis],
      let rows = size(of: symbol, in: inputs), rows > 0
    else { return state.initial }
    let parts = Array(repeating: state.initial, count: rows)
    return Tensor.concatenated(parts, along: axis) ?? state.initial
  }

  private func size(of symbol: String, in inputs: [String: Tensor]) -> Int? {
    for port in self.inputs {
      guard let shape = port.type.shape, let array = inputs[port.name],
        let axis = shape.dimensions.firstIndex(of: .symbol(symbol))
      else { continue }
      let place = axis + (array.rank > shape.rank ? 1 : 0)
      if array.shape.indices.contains(place) { return array.shape[place] }
    }
    return nil
  }
}
