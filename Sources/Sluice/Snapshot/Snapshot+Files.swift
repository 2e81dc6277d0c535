import FoundationEssentials

extension Snapshot {
  /// Writes the snapshot whole or not at all: to a temporary file in the same folder, then renamed.
  ///
  /// - Throws: `SluiceError.fileFailed` naming the file and the system's reason.
  public func write(to path: String) throws(SluiceError) {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw SluiceError(.fileFailed, "\(path): cannot be written: \(error)", cause: error)
    }
  }

  /// Reads a snapshot from a file.
  ///
  /// - Parameter byteLimit: larger files are refused before they are read.
  /// - Throws: `SluiceError`: `fileFailed`, `limit`, or `inputRefused` where the content is damaged.
  public init(contentsOf path: String, byteLimit: Int = 1 << 30) throws(SluiceError) {
    let bytes = try Snapshot.content(of: path, byteLimit: byteLimit)
    do {
      try self.init(bytes: bytes)
    } catch {
      throw SluiceError(.inputRefused, "\(path): \(error.message)", cause: error)
    }
  }

  private static func content(of path: String, byteLimit: Int) throws(SluiceError) -> [UInt8] {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let size = attributes[.size] as? Int ?? (attributes[.size] as? UInt64).map { Int($0) } ?? 0
      guard size <= byteLimit else {
        throw SluiceError(
          .limit, "\(path): has \(size) bytes; the limit for snapshots is \(byteLimit)")
      }
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch let error as SluiceError {
      throw error
    } catch {
      throw SluiceError(.fileFailed, "\(path): cannot be read: \(error)", cause: error)
    }
  }
}
