import Synchronization

/// A trained network, loaded and checked, with the stages it goes through on its way to a backend.
///
///     let model = try Model(path: "gru_model.onnx")
///     print(model.inputs)                          // input float32[batch, time, 34]
///     let engine = try Engine(model)               // streams
///     let result = try model.run(["input": clip])  // arrays
///
/// Later stages are made when first asked for and kept; a model is safe to share between threads.
public final class Model: Sendable {
  /// Where the network comes from: the path given, or the graph's own name.
  public let name: String
  /// What was said about the network beyond its file.
  public let options: NetworkOptions
  /// The network as imported, before analysis.
  public let imported: Graph
  let stages: Mutex<ModelStages>

  /// Reads a model file (ONNX, safetensors, PyTorch), or a folder with `model.json`; the content
  /// decides which.
  ///
  /// - Throws: `SluiceError` with code `modelRefused` or `limit`; the message names the file, the
  ///   tensor or node, what was expected and what was found.
  public convenience init(
    path: String, options: NetworkOptions = NetworkOptions()
  ) throws(SluiceError) {
    self.init(graph: try Model.load(path: path, options: options), name: path, options: options)
  }

  /// Takes a network that was built or imported otherwise.
  public init(graph: Graph, name: String? = nil, options: NetworkOptions = NetworkOptions()) {
    self.name = name ?? graph.name
    self.options = options
    imported = graph
    stages = Mutex(ModelStages())
  }

  /// The inputs in the file's order, states included.
  public var inputs: [ModelPort] {
    imported.inputs.map { ModelPort(name: imported[$0].name, type: imported[$0].type) }
  }

  /// The outputs in the file's order, states included.
  public var outputs: [ModelPort] {
    zip(imported.outputs, imported.outputNames).map {
      ModelPort(name: $1, type: imported[$0].type)
    }
  }

  /// What import and rewriting want a person to know, one sentence each.
  public var notes: [String] {
    let streaming = stages.withLock { stages in try? stages.stepGraph?.get().notes }
    return imported.notes + (streaming ?? [])
  }
}

/// An input or output of a network as its file declares it.
public struct ModelPort: Sendable, Hashable {
  public var name: String
  /// Dimensions that are not numbers are symbols; no shape where the file gives none.
  public var type: ValueType
}

extension ModelPort: CustomStringConvertible {
  public var description: String { "\(name) \(type)" }
}
