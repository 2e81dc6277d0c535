import SluiceGraph

/// NumPy's `.npy`: one array.
///
/// Read: f2 (widened to float32), f4, f8, i1 to i8, u1 to u8, b1, in either byte order and either
/// axis order, format versions 1 to 3.
public enum NPYFile {
  /// Reads an array of numbers; text is refused.
  public static func read(path: String) throws(FormatError) -> Tensor {
    guard case .tensor(let tensor) = try readArray(path: path) else {
      throw FormatError(.unsupported, "\(path): expected an array of numbers, found text")
    }
    return tensor
  }

  /// Reads an array of numbers or text.
  public static func readArray(path: String) throws(FormatError) -> NPYArray {
    let file = try FileContent.read(path: path)
    return try NPYArray(file.bytes[...], source: path)
  }

  /// Writes format version 1.0, little-endian, row-major; see `AtomicFile`.
  public static func write(_ tensor: Tensor, path: String) throws(FormatError) {
    try AtomicFile.write(NPYArray.tensor(tensor).bytes, to: path)
  }
}
