import SluiceGraph

/// What an operator is called with: its inputs and the shapes of its outputs, which the shape rule
/// (`Operator.outputTypes`) has worked out and checked against each other.
struct Arguments {
  let inputs: [Tensor?]
  let outputTypes: [ValueType]

  var outputCount: Int { outputTypes.count }

  /// The sizes of output `index`'s axes.
  func shape(_ index: Int = 0) throws(GraphError) -> [Int] {
    guard index < outputTypes.count, let sizes = outputTypes[index].shape?.sizes else {
      throw GraphError(.invalid, "the shape of output \(index) cannot be known")
    }
    return sizes
  }

  /// Input `index`, which the operator cannot do without.
  func required(_ index: Int) throws(GraphError) -> Tensor {
    guard let tensor = optional(index) else {
      throw GraphError(.invalid, "input \(index) is required and absent")
    }
    return tensor
  }

  /// Input `index`; nil if absent.
  func optional(_ index: Int) -> Tensor? {
    index < inputs.count ? inputs[index] : nil
  }

  /// The elements of integer input `index`; nil if absent.
  func integers(_ index: Int) throws(GraphError) -> [Int]? {
    guard let tensor = optional(index) else { return nil }
    guard let integers = tensor.integers() else {
      throw GraphError(
        .invalid, "input \(index) has integers that fit 64 bits, found \(tensor.elementType)")
    }
    return integers
  }

  /// The first element of integer input `index`, which has to be there.
  func requiredInteger(_ index: Int) throws(GraphError) -> Int {
    _ = try required(index)
    guard let first = try integers(index)?.first else {
      throw GraphError(.invalid, "input \(index) holds one integer, found none")
    }
    return first
  }

  /// Floating-point input `index` as double.
  func doubles(_ index: Int) throws(GraphError) -> [Double] {
    let tensor = try required(index)
    guard tensor.elementType.isFloatingPoint else {
      throw GraphError(
        .unsupported, "input \(index) is float32 or float64, found \(tensor.elementType)")
    }
    return tensor.doubles()
  }

  /// Likewise; nil if absent.
  func optionalDoubles(_ index: Int) throws(GraphError) -> [Double]? {
    optional(index) == nil ? nil : try doubles(index)
  }

  /// A result computed in double, rounded once to the type of input 0.
  func rounded(_ values: [Double], shape: [Int]) -> Tensor {
    if case .float64 = optional(0)?.elementType { return Tensor(values, shape: shape) }
    return Tensor(values.map { Float($0) }, shape: shape)
  }
}
