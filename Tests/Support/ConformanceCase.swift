import FoundationEssentials
import SluiceFormats
import SluiceGraph

/// A model with inputs and the outputs it has to give, laid out as the ONNX backend tests are:
/// `model.onnx`, `test_data_set_0/input_0.pb`, `output_0.pb`, ….
public struct ConformanceCase: Sendable, Hashable, CustomStringConvertible {
  /// The case's path within its collection, such as `onnx/node/test_abs`.
  public let path: String
  /// The ONNX operators in the model.
  public let operators: [String]
  /// Where the case lies.
  public let folder: String

  public var description: String { path }

  /// Every case that `folder/INDEX.json` lists: an array of `{"path", "ops", "opset"}`.
  public static func all(in folder: String) throws -> [ConformanceCase] {
    struct Entry: Decodable {
      let path: String
      let ops: [String]
    }
    let data = try Data(contentsOf: URL(filePath: folder + "/INDEX.json"))
    return try JSONDecoder().decode([Entry].self, from: data).map {
      ConformanceCase(path: $0.path, operators: $0.ops, folder: folder + "/" + $0.path)
    }
  }

  public func graph() throws -> Graph {
    try ONNXFile.load(path: folder + "/model.onnx", options: NetworkOptions())
  }

  /// The inputs by the names of `graph`'s inputs: by name where the file of the tensor has one, else
  /// in order.
  public func inputs(of graph: Graph) throws -> [String: Tensor] {
    let names = graph.inputs.map { graph[$0].name }
    var inputs: [String: Tensor] = [:]
    for (index, entry) in try tensors("input").enumerated() {
      if names.contains(entry.name) {
        inputs[entry.name] = entry.tensor
      } else if index < names.count {
        inputs[names[index]] = entry.tensor
      }
    }
    return inputs
  }

  /// The expected outputs in the model's order.
  public func expected() throws -> [Tensor] {
    try tensors("output").map(\.tensor)
  }

  private func tensors(_ kind: String) throws -> [(name: String, tensor: Tensor)] {
    var tensors: [(name: String, tensor: Tensor)] = []
    while true {
      let path = "\(folder)/test_data_set_0/\(kind)_\(tensors.count).pb"
      guard FileManager.default.fileExists(atPath: path) else { return tensors }
      tensors.append(try ONNXFile.loadTensor(path: path))
    }
  }
}
