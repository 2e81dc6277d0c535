import SluiceGraph

/// A `model.json`: which weights, which input, which layers. `model-json.md` has the schema.
struct ModelDescription {
  private let file: FileContent
  private let root: JSONValue

  /// Bytes of a description that are read.
  static let lengthLimit = 1 << 20
  /// Layers that are read.
  static let layerLimit = 1000

  init(_ file: FileContent) throws(FormatError) {
    guard file.bytes.count <= ModelDescription.lengthLimit else {
      throw FormatError(
        .limit,
        "\(file.path): \(file.bytes.count) bytes; a model.json may have "
          + "\(ModelDescription.lengthLimit)")
    }
    self.file = file
    root = try JSONParser.value(in: file.bytes[...], source: file.path)
  }

  func graph(options: NetworkOptions) throws(FormatError) -> Graph {
    var fields = try DescriptionFields(root, place: file.path)
    guard let version = try fields.integer("sluice", in: 0...Int.max) else {
      throw fields.missing("sluice")
    }
    guard version == 1 else {
      throw FormatError(.unsupported, "\(file.path): version \(version); version 1 is read")
    }
    _ = fields.value("comment")
    let folder = FolderAccess(
      source: file.path, folder: FolderAccess.parent(of: file.path), allowed: options.allowedPaths)
    let name = try fields.string("name")
    if let model = try fields.string("model") {
      try fields.finish()
      return try ONNXFile.load(path: try folder.path(of: model), options: options)
    }
    let weights = try tensors(try fields.string("weights"), folder)
    var builder = NetworkBuilder(
      name: name ?? "model", weights: weights, folder: folder, options: options)
    try addInput(&fields, to: &builder)
    let output = try outputName(&fields)
    try addLayers(&fields, to: &builder)
    try fields.finish()
    return builder.finished(output: output)
  }

  private func tensors(
    _ name: String?, _ folder: FolderAccess
  ) throws(FormatError) -> TensorSource {
    guard let name else { return TensorSource(TensorFile(path: "(no weights)", entries: [])) }
    return TensorSource(try ModelFile.tensors(path: try folder.path(of: name)))
  }

  // MARK: Input and output

  private enum InputType: String, CaseIterable {
    case float32, int32, int64
  }

  private func addInput(
    _ fields: inout DescriptionFields, to builder: inout NetworkBuilder
  ) throws(FormatError) {
    guard let value = fields.value("input") else { throw fields.missing("input") }
    var input = try DescriptionFields(value, place: "\(file.path): input")
    let name = try input.string("name") ?? "input"
    let type = try input.choice("type", InputType.self) ?? .float32
    guard let sizes = input.value("shape") else { throw input.missing("shape") }
    guard let items = sizes.array, (2...16).contains(items.count) else {
      throw FormatError(
        .malformed, "\(input.place).shape: expected a list of batch, time and the frame's axes")
    }
    var dimensions = [Dimension]()
    for item in items { dimensions.append(try dimension(item, place: "\(input.place).shape")) }
    try input.finish()
    builder.setInput(
      name, ElementType(rawValue: type.rawValue) ?? .float32, Shape(dimensions))
  }

  private func dimension(_ value: JSONValue, place: String) throws(FormatError) -> Dimension {
    if let name = value.string, !name.isEmpty { return .symbol(name) }
    if let size = value.integer, (1...1 << 31).contains(size) { return .size(size) }
    throw FormatError(.malformed, "\(place): expected names and sizes from 1 to 2147483648")
  }

  private func outputName(_ fields: inout DescriptionFields) throws(FormatError) -> String {
    guard let value = fields.value("output") else { return "output" }
    var output = try DescriptionFields(value, place: "\(file.path): output")
    let name = try output.string("name") ?? "output"
    try output.finish()
    return name
  }

  // MARK: Layers

  private func addLayers(
    _ fields: inout DescriptionFields, to builder: inout NetworkBuilder
  ) throws(FormatError) {
    guard let value = fields.value("layers") else { throw fields.missing("layers") }
    guard let layers = value.array, (1...ModelDescription.layerLimit).contains(layers.count) else {
      throw FormatError(
        .malformed,
        "\(file.path): layers: expected a list of 1 to \(ModelDescription.layerLimit) layers")
    }
    for (index, layer) in layers.enumerated() {
      let place = "\(file.path): layers[\(index)]"
      guard let members = layer.members, let member = members.first, members.count == 1 else {
        throw FormatError(.malformed, "\(place): expected an object with one key, the layer's kind")
      }
      guard let kind = LayerKind(rawValue: member.key) else {
        let known = LayerKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw FormatError(
          .unsupported, "\(place): unknown layer \"\(member.key)\"; known are \(known)")
      }
      try builder.add(kind, member.value, place: "\(place).\(member.key)")
    }
  }
}

/// The layers a `model.json` may name.
enum LayerKind: String, CaseIterable {
  case gru, lstm, rnn, linear, batchNorm, layerNorm, embedding, conv1d, activation, flatten
  case lastStep, onnx
}
