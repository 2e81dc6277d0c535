import SluiceFormats
import SluiceGraph

/// What an `.npy` or `.npz` file holds; which of the two it is, its first bytes say.
struct ArrayFile: Sendable {
  var path: String
  /// In the file's order. An `.npy` file has one entry with the name "".
  var entries: [NPZFile.Entry]

  init(path: String, entries: [NPZFile.Entry]) {
    self.path = path
    self.entries = entries
  }

  static func read(path: String) throws(FormatError) -> ArrayFile {
    let content = try FileContent.read(path: path)
    if content.bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return ArrayFile(path: path, entries: [NPZFile.Entry("", try NPYFile.read(path: path))])
    }
    guard content.bytes.starts(with: Array("PK".utf8)) else {
      throw FormatError(.malformed, "\(path): expected a NumPy file (.npy or .npz)")
    }
    return ArrayFile(path: path, entries: try NPZFile.read(content))
  }

  /// The entries that are numbers.
  var tensors: [(name: String, tensor: Tensor)] {
    entries.compactMap { entry in entry.tensor.map { (entry.name, $0) } }
  }

  /// The array called `key`.
  func tensor(_ key: String) throws(CommandError) -> Tensor {
    for (name, tensor) in tensors where name == key { return tensor }
    throw CommandError(
      .refused, "\(path): no array '\(key)'; it holds \(quoted(tensors.map(\.name)))")
  }
}

/// Names as messages list them: `'a', 'b'`.
func quoted(_ names: some Sequence<String>) -> String {
  let list = names.map { "'\($0)'" }.joined(separator: ", ")
  return list.isEmpty ? "nothing" : list
}
