import Glibc

/// A whole file in memory.
///
/// Files are read, not mapped: a file that shrinks while it is mapped ends the process.
public struct FileContent: Sendable {
  /// The path as the user gave it; errors name it.
  public let path: String
  public let bytes: [UInt8]

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Reads a regular file. Folders, pipes and devices are refused, so nothing can block or never end.
  ///
  /// - Parameter limit: bytes; a longer file is refused before anything is allocated.
  public static func read(path: String, limit: Int = 8 << 30) throws(FormatError) -> FileContent {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw FormatError(.unreadable, "\(path): cannot be opened: \(systemMessage(errno))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FormatError(.unreadable, "\(path): cannot be examined: \(systemMessage(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device"
      throw FormatError(.unreadable, "\(path): expected a file, found \(kind)")
    }
    guard status.st_size <= limit else {
      throw FormatError(
        .limit, "\(path): \(status.st_size) bytes; a file of this kind may have \(limit)")
    }
    let bytes = try contents(of: descriptor, count: Int(status.st_size), path: path)
    return FileContent(path: path, bytes: bytes)
  }

  private static func contents(
    of descriptor: Int32, count: Int, path: String
  ) throws(FormatError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = unsafe Glibc.read(
          descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard failure == 0 else {
      throw FormatError(.unreadable, "\(path): cannot be read: \(systemMessage(failure))")
    }
    return bytes
  }
}

/// What the system says about an error number.
func systemMessage(_ number: Int32) -> String {
  unsafe String(cString: strerror(number))
}
