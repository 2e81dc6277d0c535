import Sluice

extension NetworkOptionGroup {
  /// The network that the options describe, imported and checked.
  func load() throws -> Model { try bindings.load(model) }
}

extension BindingOptionGroup {
  /// A network with what these options say about it, imported and checked.
  ///
  /// `--bind` names a dimension symbol or an input; which, the file says. So it is read once as it is,
  /// and taken with its bindings then.
  func load(_ path: String) throws -> Model {
    let unbound = try Model(path: path, options: options([:], [:]))
    var dimensions: [String: Int] = [:]
    var inputs: [String: Tensor] = [:]
    for binding in bind {
      let values = IntegerList(binding.value)?.values ?? []
      if let port = unbound.inputs.first(where: { $0.name == binding.name }) {
        inputs[binding.name] = try tensor(values, for: port)
      } else if symbols(of: unbound).contains(binding.name), values.count == 1 {
        dimensions[binding.name] = values[0]
      } else {
        throw CommandError(
          .usage,
          "--bind \(binding.name)=\(binding.value): the network has no such input, and no "
            + "such dimension; it has \(quoted(symbols(of: unbound).sorted()))")
      }
    }
    try check(states.map(\.name), of: "--state", among: unbound.inputs.map(\.name))
    try check(states.map(\.value), of: "--state", among: unbound.outputs.map(\.name))
    try check(timeAxes.map(\.name), of: "--time-axis", among: unbound.inputs.map(\.name))
    return Model(
      graph: unbound.imported, name: path, options: options(dimensions, inputs))
  }

  /// What holds for every network, whatever its inputs are called.
  var commonOptions: NetworkOptions {
    NetworkOptions(
      gruResetAfter: gruResetAfter, memoryLimit: memoryLimit, allowedPaths: allowedPaths)
  }

  private func options(
    _ dimensions: [String: Int], _ inputs: [String: Tensor]
  ) -> NetworkOptions {
    NetworkOptions(
      dimensions: dimensions, inputs: inputs,
      states: Dictionary(uniqueKeysWithValues: states.map { ($0.name, $0.value) }),
      timeAxes: Dictionary(uniqueKeysWithValues: timeAxes.map { ($0.name, Int($0.value) ?? 0) }),
      gruResetAfter: gruResetAfter, memoryLimit: memoryLimit, allowedPaths: allowedPaths)
  }

  /// Names of the dimensions that the inputs leave open.
  private func symbols(of model: Model) -> Set<String> {
    var symbols = Set<String>()
    for port in model.inputs {
      for case .symbol(let name) in port.type.shape?.dimensions ?? [] { symbols.insert(name) }
    }
    return symbols
  }

  private func check(
    _ names: [String], of option: String, among known: [String]
  ) throws(CommandError) {
    for name in names where !known.contains(name) {
      throw CommandError(
        .usage, "\(option): the network has no '\(name)'; it has \(quoted(known))")
    }
  }

  /// The numbers after `--bind` in the type and shape of the input they are for.
  private func tensor(_ values: [Int], for port: ModelPort) throws(CommandError) -> Tensor {
    let sizes = port.type.shape?.sizes
    let shape = sizes ?? (port.type.shape?.rank == 0 ? [] : [values.count])
    guard Tensor.elementCount(of: shape) == values.count else {
      throw CommandError(
        .usage,
        "--bind \(port.name): \(port) needs \(Tensor.elementCount(of: shape) ?? 0) "
          + "numbers, found \(values.count)")
    }
    let numbers = Tensor(values.map { Int64($0) }, shape: shape)
    return numbers.converted(to: port.type.elementType)
  }
}
