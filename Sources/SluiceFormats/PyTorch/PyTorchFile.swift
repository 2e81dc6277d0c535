import SluiceGraph

/// PyTorch checkpoints: what `torch.save` writes since version 1.6, a zip archive with a pickle and
/// the storages of the tensors.
///
/// The pickle is read by an interpreter that knows only the tensor functions (`PickleGlobal`): a
/// checkpoint that names anything else is refused and nothing of it is executed.
public enum PyTorchFile {
  /// Reads the tensors of the state dict. It is looked for under the keys that training scripts use
  /// (`state_dict`, `model`, `model_state_dict` and others); without one of them every tensor is
  /// read, its name joined by dots from the keys that lead to it. float16 and bfloat16 are widened;
  /// views of a storage become tensors of their own.
  public static func read(path: String) throws(FormatError) -> TensorFile {
    try read(try FileContent.read(path: path))
  }

  /// Likewise from memory.
  public static func read(_ file: FileContent) throws(FormatError) -> TensorFile {
    guard ZipArchive.isArchive(file.bytes) else { throw legacy(file) }
    let archive = try ZipArchive(file)
    guard let pickle = archive.entries.first(where: { isPickle($0.name) }) else {
      throw FormatError(
        .malformed, "\(file.path): not a PyTorch checkpoint: the archive has no data.pkl")
    }
    let folder = String(pickle.name.dropLast("data.pkl".count))
    guard archive["\(folder)constants.pkl"] == nil else { throw torchScript(file.path) }
    var machine = PickleMachine(
      try archive.content(of: pickle), source: "\(file.path): data.pkl")
    let root = try machine.run()
    let dictionary = try StateDictionary(root, of: machine)
    let storages = try TorchStorages(archive, folder: folder)
    return TensorFile(path: file.path, entries: try storages.entries(dictionary.tensors))
  }

  private static func isPickle(_ name: String) -> Bool {
    name == "data.pkl" || (name.hasSuffix("/data.pkl") && name.split(separator: "/").count == 2)
  }

  /// Whether a file starts as `torch.save` wrote it before version 1.6: a pickle, or a tar archive.
  static func isLegacy(_ bytes: [UInt8]) -> Bool {
    if bytes.count > 262, Array(bytes[257..<262]) == Array("ustar".utf8) { return true }
    return bytes.count > 2 && bytes[0] == 0x80 && (1...5).contains(bytes[1])
  }

  private static func legacy(_ file: FileContent) -> FormatError {
    guard isLegacy(file.bytes) else {
      return FormatError(
        .malformed, "\(file.path): not a PyTorch checkpoint: expected a zip archive")
    }
    let (old, new) = (python(file.path), python("\(file.path).zip.pt"))
    return FormatError(
      .unsupported,
      "\(file.path): a checkpoint of PyTorch before 1.6, which is a bare pickle. Rewrite it with: "
        + "import torch; torch.save(torch.load(\(old), map_location=\"cpu\", weights_only=True), "
        + "\(new))")
  }

  private static func torchScript(_ path: String) -> FormatError {
    let (old, new) = (python(path), python("\(path).state.pt"))
    return FormatError(
      .unsupported,
      "\(path): a TorchScript archive, which holds code. Rewrite its weights with: import torch; "
        + "torch.save(torch.jit.load(\(old), map_location=\"cpu\").state_dict(), \(new))")
  }

  /// A Python string literal.
  private static func python(_ text: String) -> String {
    var literal = "\""
    for character in text.unicodeScalars {
      switch character {
      case "\\", "\"": literal += "\\\(character)"
      case "\n": literal += "\\n"
      default: literal.unicodeScalars.append(character)
      }
    }
    return literal + "\""
  }
}
