import SluiceFormats
import SluiceGraph

/// Arrays brought to the names of a network's inputs, or of its outputs.
struct NamedArrays: Sendable {
  /// By the name of the input or output each is for.
  var tensors: [String: Tensor] = [:]

  /// What a set of options is for.
  struct Targets: Sendable {
    /// The option, as messages write it: `--input`.
    var option: String
    /// Every name that may be given.
    var names: [String]
    /// The name that an array without one is for; nil if there is a choice.
    var only: String?
    /// Names that a file may hold beside them, which are passed over: outputs beside inputs.
    var ignored: Set<String>
  }

  /// - Throws: `CommandError` when a name is unknown, given twice or missing; `FormatError` when a
  ///   file cannot be read.
  init(_ arguments: [ArrayArgument], for targets: Targets) throws {
    for argument in arguments {
      let file = try ArrayFile.read(path: argument.path)
      try add(file, argument, targets)
    }
  }

  private mutating func add(
    _ file: ArrayFile, _ argument: ArrayArgument, _ targets: Targets
  ) throws(CommandError) {
    let tensors = file.tensors
    if let key = argument.key {
      let name = argument.name ?? (targets.names.contains(key) ? key : targets.only)
      return try add(try file.tensor(key), name, file, targets)
    }
    if let name = argument.name {
      let tensor = tensors.count == 1 ? tensors[0].tensor : try file.tensor(name)
      return try add(tensor, name, file, targets)
    }
    if tensors.count == 1, !targets.names.contains(tensors[0].name) {
      return try add(tensors[0].tensor, targets.only, file, targets)
    }
    let wanted = tensors.filter { !targets.ignored.contains($0.name) }
    guard !wanted.isEmpty else {
      throw CommandError(
        .refused,
        "\(file.path): expected one of \(quoted(targets.names)), "
          + "found \(quoted(tensors.map(\.name)))")
    }
    for (name, tensor) in wanted { try add(tensor, name, file, targets) }
  }

  private mutating func add(
    _ tensor: Tensor, _ name: String?, _ file: ArrayFile, _ targets: Targets
  ) throws(CommandError) {
    guard let name else {
      throw CommandError(
        .usage,
        "\(targets.option) \(file.path): say which of \(quoted(targets.names)) it is for, "
          + "as NAME=FILE")
    }
    guard targets.names.contains(name) else {
      throw CommandError(
        .refused, "\(file.path): the network has no '\(name)'; it has \(quoted(targets.names))")
    }
    guard tensors.updateValue(tensor, forKey: name) == nil else {
      throw CommandError(.usage, "\(targets.option) gives '\(name)' twice")
    }
  }
}
