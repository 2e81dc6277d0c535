import Glibc

/// Writing a file so that nobody ever sees half of it.
public enum AtomicFile {
  /// Whether a file can be written, before there is anything to write: its folder is there and takes files,
  /// or what is at `path` is written through.
  public static func check(_ path: String) throws(FormatError) {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR {
      throw FormatError(.unreadable, "\(path): expected a file to write, found a folder")
    }
    let isWrittenThrough = exists && status.st_mode & S_IFMT != S_IFREG
    let folder = FolderAccess.parent(of: exists ? resolved(path) : path)
    guard unsafe access(isWrittenThrough ? path : folder, W_OK) == 0 else {
      throw FormatError(.unreadable, "\(path): cannot be written: \(systemMessage(errno))")
    }
  }

  /// Writes `bytes` to a new file beside `path`, then renames it to `path`. On an error `path` is as
  /// it was and the new file is gone. A symbolic link at `path` stays and its target is replaced; a
  /// device or pipe, such as `/dev/null`, is written to directly.
  public static func write(_ bytes: [UInt8], to path: String) throws(FormatError) {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR {
      throw FormatError(.unreadable, "\(path): expected a file to write, found a folder")
    }
    if exists && status.st_mode & S_IFMT != S_IFREG {
      return try writeThrough(bytes, to: path)
    }
    let target = exists ? resolved(path) : path
    let temporary = "\(target).\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FormatError(.unreadable, "\(path): cannot be written: \(systemMessage(errno))")
    }
    if exists { _ = fchmod(descriptor, status.st_mode & 0o7777) }
    var failure = writeAll(bytes, to: descriptor)
    if failure == 0 && fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0 && failure == 0 { failure = errno }
    if failure == 0, unsafe rename(temporary, target) != 0 { failure = errno }
    guard failure == 0 else {
      unsafe unlink(temporary)
      throw FormatError(.unreadable, "\(path): cannot be written: \(systemMessage(failure))")
    }
  }

  /// Writes text as UTF-8.
  public static func write(_ text: String, to path: String) throws(FormatError) {
    try write(Array(text.utf8), to: path)
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(FormatError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    let failure = descriptor < 0 ? errno : writeAll(bytes, to: descriptor)
    if descriptor >= 0 { close(descriptor) }
    guard failure == 0 else {
      throw FormatError(.unreadable, "\(path): cannot be written: \(systemMessage(failure))")
    }
  }

  /// Returns 0 or the error number.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Glibc.write(
          descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return count < 0 ? errno : EIO }
        written += count
      }
      return 0
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }
}
