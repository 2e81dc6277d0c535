import Sluice

/// What `--input` options give a network: arrays by the name of the input each is for.
struct RunInputs {
  /// Frames, initial states and constant inputs.
  var arrays: [String: Tensor]
  /// The file that holds answers as well, if one was given.
  var reference: ReferenceFile?

  /// - Throws: `CommandError`, `FormatError`.
  init(_ arguments: [ArrayArgument], of model: Model) throws {
    if arguments.count == 1, arguments[0].name == nil, arguments[0].key == nil,
      let file = ReferenceFile(try ArrayFile.read(path: arguments[0].path))
    {
      arrays = file.inputs
      reference = file
      return
    }
    let targets = NamedArrays.Targets(
      option: "--input", names: model.inputs.map(\.name), only: model.onlyFrameInput,
      ignored: Set(model.outputs.map(\.name)))
    arrays = try NamedArrays(arguments, for: targets).tensors
  }
}

extension ReferenceFile {
  /// Everything that goes into the network.
  fileprivate var inputs: [String: Tensor] {
    frames.merging(constants) { frame, _ in frame }.merging(initialStates) { input, _ in input }
  }
}

extension Model {
  /// The states' names, those of inputs and outputs; empty where the network does not stream.
  private var stateNames: (inputs: Set<String>, outputs: Set<String>) {
    let states = (try? stepGraph().program.states) ?? []
    return (
      Set(states.map(\.name)).union(options.states.keys),
      Set(states.compactMap(\.outputName)).union(options.states.values)
    )
  }

  /// The input that takes frames; nil if there are several.
  fileprivate var onlyFrameInput: String? {
    let states = stateNames.inputs
    let frames = inputs.map(\.name).filter { !states.contains($0) && options.inputs[$0] == nil }
    return frames.count == 1 ? frames[0] : nil
  }

  /// The output that is no state; nil if there are several.
  var onlyResultOutput: String? {
    let states = stateNames.outputs
    let results = outputs.map(\.name).filter { !states.contains($0) }
    return results.count == 1 ? results[0] : nil
  }
}
