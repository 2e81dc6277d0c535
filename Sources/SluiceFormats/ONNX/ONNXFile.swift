import ONNXProtocol
import SluiceGraph

/// ONNX files: IR version 3 and up, opset 7 to 25 of the default domain.
///
/// What another convention of ONNX becomes here: the gates of recurrences are reordered, `layout` 1
/// turns into transposes, attributes of old opsets become constant inputs, model-local functions are
/// inlined, `Constant` nodes and initializers become constants, 16-bit floats are widened. Nothing
/// else is rewritten: folding and clearing up is the analysis' work.
///
/// Source: https://github.com/onnx/onnx/blob/main/docs/IR.md
public enum ONNXFile {
  /// Reads a model.
  ///
  /// - Parameter options: only `gruResetAfter` is looked at.
  /// - Throws: `FormatError`; an operator that is not offered is refused together with all others of
  ///   the file.
  public static func load(
    path: String, options: NetworkOptions = NetworkOptions()
  ) throws(FormatError) -> Graph {
    let content = try FileContent.read(path: path)
    return try load(
      bytes: content.bytes, name: path, folder: folder(of: path), options: options)
  }

  /// Reads a model from memory.
  ///
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - folder: where its external data files lie; nil refuses external data.
  public static func load(
    bytes: [UInt8], name: String, folder: String? = nil,
    options: NetworkOptions = NetworkOptions()
  ) throws(FormatError) -> Graph {
    let proto = try ProtocolDecoder(name: name).decode(ONNXModelProto.self, .model, from: bytes)
    let model = ModelImport(
      proto: proto, options: options, tensors: TensorReader(file: name, folder: folder))
    return try model.graph()
  }

  /// Reads a `.pb` file that holds one tensor, as ONNX's own test data does.
  public static func loadTensor(
    path: String
  ) throws(FormatError) -> (name: String, tensor: Tensor) {
    let content = try FileContent.read(path: path)
    let proto = try ProtocolDecoder(name: path).decode(
      ONNXTensorProto.self, .tensor, from: content.bytes)
    let reader = TensorReader(file: path, folder: folder(of: path))
    return (proto.name, try reader.tensor(proto, called: "\"\(proto.name)\""))
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
