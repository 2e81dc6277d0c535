import SluiceGraph

/// NumPy's `.npz`: named arrays in a zip archive.
public enum NPZFile {
  /// One array and its name, without `.npy`.
  public struct Entry: Sendable, Hashable {
    public var name: String
    public var array: NPYArray

    public init(_ name: String, _ array: NPYArray) {
      self.name = name
      self.array = array
    }

    public init(_ name: String, _ tensor: Tensor) { self.init(name, .tensor(tensor)) }

    /// The numbers; nil for text.
    public var tensor: Tensor? { if case .tensor(let tensor) = array { tensor } else { nil } }

    /// The strings; nil for numbers.
    public var text: [String]? { if case .text(let text) = array { text } else { nil } }
  }

  /// Reads all arrays in the archive's order, stored or deflated. What compressed entries may expand
  /// to is limited to 64 MiB, or 16 times the file if that is more; stored ones are not limited.
  public static func read(path: String) throws(FormatError) -> [Entry] {
    try read(try FileContent.read(path: path))
  }

  /// Likewise from memory.
  public static func read(_ file: FileContent) throws(FormatError) -> [Entry] {
    let archive = try ZipArchive(file)
    var entries = [Entry]()
    for entry in archive.entries {
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      let content = try archive.content(of: entry)
      let source = "\(archive.path): array '\(name)'"
      entries.append(Entry(name, try NPYArray(content, source: source)))
    }
    return entries
  }

  /// Writes arrays in order; see `AtomicFile`. Names must differ.
  ///
  /// - Parameter compressed: deflates them, as `numpy.savez_compressed` does.
  public static func write(
    _ entries: [Entry], path: String, compressed: Bool = false
  ) throws(FormatError) {
    var writer = ZipWriter(path: path)
    var names = Set<String>()
    for entry in entries {
      guard names.insert(entry.name).inserted else {
        throw FormatError(.malformed, "\(path): two arrays are called '\(entry.name)'")
      }
      try writer.add("\(entry.name).npy", entry.array.bytes, deflated: compressed)
    }
    try AtomicFile.write(writer.finished(), to: path)
  }
}
