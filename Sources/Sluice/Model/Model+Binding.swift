/// What a network leaves open and the first frame decides.
extension Model {
  /// The model with everything bound that streaming needs and `frames` decide: inputs whose value
  /// decides a shape or a branch, and dimensions that are neither stream nor time.
  ///
  ///     let model = try Model(path: "net.onnx").bound(by: ["audio": frame, "sample_rate": rate])
  ///
  /// What `NetworkOptions` bind already stays; a model that needs nothing is given back as it is.
  ///
  /// - Parameter frames: of each input's rank, or with one more leading axis.
  /// - Throws: `SluiceError`: `unbound` with what is still open, `inputRefused` where a value that
  ///   decides a shape changes along its leading axis, or what the stages throw.
  public func bound(by frames: [String: Tensor]) throws(SluiceError) -> Model {
    if isStreamReady { return self }
    var options = options
    for input in try graph.unbound.inputs {
      guard let array = frames[input.name] else { continue }
      options.inputs[input.name] = try decidingValue(array, of: input.name)
    }
    let withValues = Model(graph: imported, name: name, options: options)
    if withValues.isStreamReady { return withValues }
    return try withValues.bindingFewestDimensions(sizes: dimensionSizes(in: frames))
  }

  /// Whether nothing is left to bind: the step is there, or it will never be.
  private var isStreamReady: Bool {
    do {
      _ = try stepGraph()
      return true
    } catch {
      return error.code != .unbound
    }
  }

  /// Whether an array, or every entry along its leading axis, is what an input was bound to; nil if
  /// the input was not bound.
  func agrees(_ array: Tensor, withValueBoundTo name: String) -> Bool? {
    guard let bound = boundValue(of: name) else { return nil }
    guard let value = array.taken(as: bound.elementType) else { return false }
    if value.rank == bound.rank + 1 {
      return (0..<value.shape[0]).allSatisfy { value.entry($0, along: 0) == bound }
    }
    return value == bound
  }

  /// Whether the options give an input's value.
  func isBound(_ name: String) -> Bool { boundValue(of: name) != nil }

  /// What an input was bound to, as a value or as a number; nil if it was not.
  private func boundValue(of name: String) -> Tensor? {
    if let value = options.inputs[name] { return value }
    guard let type = inputs.first(where: { $0.name == name })?.type,
      let number = options.dimensions[name]
    else { return nil }
    let shape = type.shape?.dimensions.map { $0.size ?? 1 } ?? []
    guard Tensor.elementCount(of: shape) == 1 else { return nil }
    return Tensor([Int64(number)], shape: shape).converted(to: type.elementType)
  }

  /// The one value of an input that decides shapes, as the network's element type.
  func decidingValue(_ array: Tensor, of name: String) throws(SluiceError) -> Tensor {
    guard let type = inputs.first(where: { $0.name == name })?.type else { return array }
    var value = array
    if let rank = type.shape?.rank, array.rank == rank + 1, array.shape[0] > 0 {
      value = array.entry(0, along: 0)
      let isConstant = (1..<array.shape[0]).allSatisfy { array.entry($0, along: 0) == value }
      guard isConstant else {
        throw SluiceError(
          .inputRefused,
          "'\(name)' decides a shape or a branch: it cannot change from frame to frame")
      }
    }
    return value.taken(as: type.elementType) ?? value
  }

  /// The sizes that arrays give to dimension symbols.
  private func dimensionSizes(in arrays: [String: Tensor]) -> [(name: String, size: Int)] {
    var sizes: [String: Int] = [:]
    for port in inputs {
      guard let shape = port.type.shape, let array = arrays[port.name] else { continue }
      let lead = array.rank - shape.rank
      guard lead == 0 || lead == 1 else { continue }
      for (axis, dimension) in shape.dimensions.enumerated() {
        guard case .symbol(let symbol) = dimension, options.dimensions[symbol] == nil else {
          continue
        }
        sizes[symbol] = sizes[symbol] ?? array.shape[axis + lead]
      }
    }
    return sizes.sorted { $0.key < $1.key }.map { (name: $0.key, size: $0.value) }
  }

  /// Binds as few dimensions as make the network stream: those that are neither stream nor time have
  /// to be among any that do, and nothing else is in the smallest such set.
  private func bindingFewestDimensions(
    sizes: [(name: String, size: Int)]
  ) throws(SluiceError) -> Model {
    let most = min(sizes.count, Model.mostDimensionsTried)
    for count in 1..<(most + 1) {
      for choice in choices(of: count, from: sizes.count) {
        var options = options
        for index in choice { options.dimensions[sizes[index].name] = sizes[index].size }
        let model = Model(graph: imported, name: name, options: options)
        if (try? model.stepGraph()) != nil { return model }
      }
    }
    _ = try stepGraph()
    return self
  }

  /// More open dimensions than this have to be bound by name.
  private static var mostDimensionsTried: Int { 3 }
}

/// The subsets of `count` numbers below `total`, each in ascending order.
private func choices(of count: Int, from total: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return choices(of: count - 1, from: total).flatMap { choice in
    (((choice.last ?? -1) + 1)..<max(total, (choice.last ?? -1) + 1)).map { choice + [$0] }
  }
}
