import ONNXProtocol
import SluiceGraph

/// One model on its way into a graph: what all of its graphs, nested ones too, share.
final class ModelImport {
  let proto: ONNXModelProto
  let options: NetworkOptions
  let tensors: TensorReader
  let functions: ModelFunctions
  /// Versions of the operator sets by domain.
  let versions: [String: Int]
  /// GRUs without `linear_before_reset` in a file that PyTorch wrote.
  private var suspectGRUs = [String]()
  /// Whether a 16-bit float type was met.
  private var widened = false
  private var nodeNames = Set<String>()
  /// How often a node's name has been asked for.
  private var nodeNameCounts = [String: Int]()
  private var symbols = Set<String>()
  /// Made-up symbols by what they were made from.
  private var madeUpSymbols = [String: String]()

  /// The default domain's versions that are read.
  static let versions = 7...25
  /// How deep graphs may lie inside graphs.
  static let depthLimit = 32

  init(proto: ONNXModelProto, options: NetworkOptions, tensors: TensorReader) {
    self.proto = proto
    self.options = options
    self.tensors = tensors
    versions = operatorSetVersions(proto.opsetImport)
    functions = ModelFunctions(proto.functions, file: tensors.file)
  }

  /// What errors call the file.
  var file: String { tensors.file }

  /// Imports the model's graph.
  func graph() throws(FormatError) -> Graph {
    try checkVersions()
    try UnsupportedOperators.check(self)
    collectSymbols(proto.graph)
    var importer = GraphImporter(model: self, name: proto.graph.name, depth: 0)
    try importer.addGraph(proto.graph, versions: versions)
    importer.graph.notes += notes()
    return importer.graph
  }

  private func checkVersions() throws(FormatError) {
    guard proto.hasGraph else {
      throw FormatError(.malformed, "\(file): not an ONNX model: it has no graph")
    }
    guard proto.irVersion >= 3 else {
      throw FormatError(
        .unsupported, "\(file): IR version \(proto.irVersion); version 3 and up is read")
    }
    guard let version = versions[""] else {
      throw FormatError(
        .malformed, "\(file): it does not say which version of ONNX's operator set it uses")
    }
    try check(version: version, whose: "")
  }

  /// - Parameter whose: nothing for the model, else such as ` of function "f"`.
  func check(version: Int, whose: String) throws(FormatError) {
    guard Self.versions.contains(version) else {
      throw FormatError(
        .unsupported,
        "\(file): operator set version \(version)\(whose); versions \(Self.versions.lowerBound) to "
          + "\(Self.versions.upperBound) are read")
    }
  }

  // MARK: Notes

  /// The element type that stands for `type`, with a note where it is wider.
  func elementType(_ type: ONNXElementType) -> ElementType? {
    if type.isWidened { widened = true }
    return type.stored?.elementType
  }

  /// Remembers a GRU that may lack its `linear_before_reset`.
  func noteGRU(_ name: String, resetAfter: Bool) {
    if !resetAfter && proto.producerName == "pytorch" { suspectGRUs.append(name) }
  }

  private func notes() -> [String] {
    var notes = [String]()
    if widened { notes.append("16-bit floating-point values are computed as float32.") }
    if !suspectGRUs.isEmpty && !options.gruResetAfter {
      let names = suspectGRUs.map { "\"\($0)\"" }.joined(separator: ", ")
      notes.append(
        "PyTorch \(proto.producerVersion) wrote this file without linear_before_reset=1 at \(names), "
          + "as exports made with onnxscript 0.5.7 to 0.7.0 do, although PyTorch's GRU means it. The "
          + "file is obeyed; --gru-reset-after computes what PyTorch does.")
    }
    return notes
  }

  // MARK: Names

  /// The node's name, or one made from its operator and output; different for every node.
  func nodeName(_ node: ONNXNodeProto) -> String {
    let base =
      node.name.isEmpty
      ? node.opType + "_" + (node.output.first { !$0.isEmpty } ?? "") : node.name
    var name = base
    while !nodeNames.insert(name).inserted {
      nodeNameCounts[base, default: 1] += 1
      name = "\(base)_\(nodeNameCounts[base, default: 1])"
    }
    return name
  }

  /// A symbol for a dimension that the file leaves open, such as `input_0`; the same one each time.
  func madeUpSymbol(_ value: String, axis: Int) -> String {
    let base = "\(value)_\(axis)"
    if let symbol = madeUpSymbols[base] { return symbol }
    var symbol = base
    while !symbols.insert(symbol).inserted { symbol += "_" }
    madeUpSymbols[base] = symbol
    return symbol
  }

  private func collectSymbols(_ graph: ONNXGraphProto) {
    for info in graph.input + graph.output + graph.valueInfo {
      for dimension in info.type.tensorType.shape.dim { symbols.insert(dimension.dimParam) }
    }
  }
}

/// Operator set versions by domain; the default domain is the empty string.
func operatorSetVersions(_ imports: [ONNXOperatorSetIdProto]) -> [String: Int] {
  var versions = [String: Int]()
  for entry in imports { versions[canonicalDomain(entry.domain)] = Int(entry.version) }
  return versions
}

/// The default domain has two names.
func canonicalDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
