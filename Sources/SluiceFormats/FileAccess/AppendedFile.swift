import Glibc

/// A file of lines that grows at its end, also while other processes append to it.
package struct AppendedFile: ~Copyable, Sendable {
  private let path: String
  private let descriptor: Int32
  /// Whether it ends in the middle of a line, since the system took no more, now or for an earlier process.
  private var isTorn: Bool

  /// This process, by the system's number.
  package static var process: Int32 { getpid() }

  /// Opens a file or a device; makes a file if there is none.
  ///
  /// - Throws: `unreadable`
  package init(path: String) throws(FormatError) {
    self.init(path: path, descriptor: try AppendedFile.opened(path))
  }

  private init(path: String, descriptor: Int32) {
    (self.path, self.descriptor) = (path, descriptor)
    var status = stat()
    var last = UInt8(ascii: "\n")
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size > 0
    {
      _ = unsafe pread(descriptor, &last, 1, status.st_size - 1)
    }
    isTorn = last != UInt8(ascii: "\n")
  }

  private static func opened(_ path: String) throws(FormatError) -> Int32 {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      // Whoever opens a pipe, or writes to it, waits for who reads it.
      let others = [S_IFDIR: "a folder", S_IFIFO: "a pipe"]
      if let other = others[status.st_mode & S_IFMT] {
        throw FormatError(.unreadable, "\(path): expected a file to write, found \(other)")
      }
    }
    // Read is its last byte. What may only be written, such as a device, has none.
    let flags = O_CREAT | O_APPEND | O_CLOEXEC
    var descriptor = unsafe open(path, O_RDWR | flags, 0o666)
    if descriptor < 0, errno == EACCES { descriptor = unsafe open(path, O_WRONLY | flags, 0o666) }
    guard descriptor >= 0 else { throw failure(path, errno) }
    return descriptor
  }

  deinit { close(descriptor) }

  /// Writes whole lines. Behind one that was torn they begin on a new line.
  ///
  /// - Returns: how many of the bytes are in the file, and what kept the others out.
  package mutating func append(_ bytes: [UInt8]) -> (written: Int, failure: FormatError?) {
    if isTorn {
      guard unsafe write(descriptor, "\n", 1) == 1 else {
        return (0, AppendedFile.failure(path, errno))
      }
      isTorn = false
    }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(
          descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = AppendedFile.failure(path, count < 0 ? errno : EIO)
        isTorn = written > 0 && bytes[written - 1] != UInt8(ascii: "\n")
        return (written, failure)
      }
      written += count
    }
    return (written, nil)
  }

  private static func failure(_ path: String, _ number: Int32) -> FormatError {
    FormatError(.unreadable, "\(path): cannot be written: \(systemMessage(number))")
  }
}
