import SluiceGraph

/// Whatever a user calls a model: an ONNX file, a `model.json`, or the folder of one.
///
/// The content decides what a file is; its name only where `.json` says so. The schema of
/// `model.json` is in `model-json.md` beside this file.
public enum ModelFile {
  /// What a file is.
  public enum Kind: Sendable, Hashable {
    case onnx, description, safetensors, pytorch
    /// A folder, taken for one with a `model.json`.
    case folder
  }

  /// Loads the network.
  ///
  /// - Parameter options: `gruResetAfter` and `allowedPaths` are looked at.
  /// - Throws: code `unsupported` for weights without a network: the message ends with the
  ///   `model.json` they would take.
  public static func load(
    path: String, options: NetworkOptions = NetworkOptions()
  ) throws(FormatError) -> Graph {
    if isFolder(path) {
      let file = "\(path)/model.json"
      guard !FolderAccess.isAbsent(file) else {
        throw FormatError(
          .unreadable,
          "\(path): expected a model file, or a folder with model.json; found a folder without")
      }
      return try load(path: file, options: options)
    }
    let file = try FileContent.read(path: path)
    switch try kind(of: file) {
    case .onnx:
      return try ONNXFile.load(
        bytes: file.bytes, name: path, folder: FolderAccess.parent(of: path), options: options)
    case .description, .folder:
      return try ModelDescription(file).graph(options: options)
    case .safetensors, .pytorch:
      let proposal = ModelProposal(try tensors(in: file)).text
      throw FormatError(
        .unsupported,
        "\(path): weights without a network. Put a model.json beside them, such as:\n\(proposal)")
    }
  }

  /// What the file or folder at `path` is.
  public static func kind(path: String) throws(FormatError) -> Kind {
    isFolder(path) ? .folder : try kind(of: try FileContent.read(path: path))
  }

  /// The tensors of a safetensors file or a PyTorch checkpoint.
  public static func tensors(path: String) throws(FormatError) -> TensorFile {
    try tensors(in: try FileContent.read(path: path))
  }

  /// The `model.json` that weights would take, from the usual names of tensors: PyTorch's
  /// (`weight_ih_l0`), Keras's (`recurrent_kernel`) and TensorFlow's (`gates/kernel`), with any
  /// prefix. What names and sizes do not tell stands in its `comment`.
  public static func proposal(forTensorsIn path: String) throws(FormatError) -> String {
    ModelProposal(try tensors(path: path)).text
  }

  static func tensors(in file: FileContent) throws(FormatError) -> TensorFile {
    switch try kind(of: file) {
    case .safetensors: return try SafetensorsFile.read(file)
    case .pytorch: return try PyTorchFile.read(file)
    case .onnx, .description, .folder:
      throw FormatError(
        .unsupported,
        "\(file.path): expected weights (safetensors or a PyTorch checkpoint), found another format"
      )
    }
  }

  private static func kind(of file: FileContent) throws(FormatError) -> Kind {
    let bytes = file.bytes
    if let foreign = foreignFormat(bytes) {
      throw FormatError(
        .unsupported,
        "\(file.path): \(foreign); ONNX, safetensors, PyTorch checkpoints and model.json are read")
    }
    if SafetensorsFile.isSafetensors(bytes) { return .safetensors }
    if ZipArchive.isArchive(bytes) || PyTorchFile.isLegacy(bytes) { return .pytorch }
    let first = bytes.first { !" \t\r\n".utf8.contains($0) }
    if first == UInt8(ascii: "{") || file.path.hasSuffix(".json") { return .description }
    guard first != nil else {
      throw FormatError(.malformed, "\(file.path): an empty file")
    }
    return .onnx
  }

  private static func foreignFormat(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "an HDF5 file (Keras)" }
    if bytes.starts(with: Array("GGUF".utf8)) { return "a GGUF file" }
    if bytes.dropFirst(4).starts(with: Array("TFL3".utf8)) { return "a TensorFlow Lite file" }
    if bytes.starts(with: NPYHeader.magic) { return "a NumPy array" }
    return nil
  }

  private static func isFolder(_ path: String) -> Bool { FolderAccess.isFolder(path) }
}
