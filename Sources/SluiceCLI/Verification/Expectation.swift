import Sluice

/// What a run's outputs and final states should be.
struct Expectation {
  /// By the name of the output.
  var arrays: [String: Tensor]
  /// Where they come from.
  var source: String

  init(arrays: [String: Tensor], source: String) {
    self.arrays = arrays
    self.source = source
  }

  /// The answers of a file that holds frames as well: outputs, and the states after the last call.
  init(_ reference: ReferenceFile) throws(CommandError) {
    source = reference.path
    arrays = reference.outputs
    arrays.merge(reference.finalStates) { output, _ in output }
    for (name, states) in reference.statesAfterEachCall {
      guard let last = states.lastEntry else {
        throw CommandError(
          .refused, "\(reference.path): 's.\(name)' has no entry; its shape is \(states.shape)")
      }
      arrays[name] = last
    }
  }

  /// What `--expected` options name.
  init(_ arguments: [ArrayArgument], of model: Model) throws {
    let targets = NamedArrays.Targets(
      option: "--expected", names: model.outputs.map(\.name), only: model.onlyResultOutput,
      ignored: Set(model.inputs.map(\.name)))
    self.init(
      arrays: try NamedArrays(arguments, for: targets).tensors,
      source: arguments.map(\.path).joined(separator: ", "))
  }
}

extension Tensor {
  /// The last entry of the leading axis, without that axis; nil if there is none.
  fileprivate var lastEntry: Tensor? {
    guard let count = shape.first, count > 0 else { return nil }
    let bytes = bytes.suffix(byteCount / count)
    return Tensor(elementType: elementType, shape: [Int](shape.dropFirst()), bytes: [UInt8](bytes))
  }
}
