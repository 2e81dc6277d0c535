extension Snapshot {
  /// Writes the snapshot whole or not at all: to a temporary file in the same folder, then renamed.
  ///
  /// - Throws: `SluiceError.fileFailed` naming the file and the system's reason.
  public func write(to path: String) throws(SluiceError) {
    do { try AtomicFile.write(bytes, to: path) } catch { throw SluiceError(error) }
  }

  /// Reads a snapshot from a file.
  ///
  /// - Parameter byteLimit: larger files are refused before they are read.
  /// - Throws: `SluiceError`: `fileFailed`, `limit`, or `inputRefused` where the content is damaged.
  public init(contentsOf path: String, byteLimit: Int = 1 << 30) throws(SluiceError) {
    let content: FileContent
    do {
      content = try FileContent.read(path: path, limit: byteLimit)
    } catch {
      throw SluiceError(error)
    }
    do {
      try self.init(bytes: content.bytes)
    } catch {
      throw SluiceError(.inputRefused, "\(path): \(error.message)", cause: error)
    }
  }
}
