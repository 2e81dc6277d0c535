import Glibc
import ONNXProtocol

/// Where a tensor's bytes lie outside the model file.
struct ExternalData {
  /// Relative to the model's folder.
  private let location: String
  private let offset: Int
  /// nil: to the end of what the tensor needs.
  private let length: Int?
  /// What errors begin with: the model file and the tensor.
  private let subject: String

  init(_ entries: [ONNXStringStringEntryProto], subject: String) throws(FormatError) {
    var values = [String: String]()
    for entry in entries { values[entry.key] = entry.value }
    guard let location = values["location"], !location.isEmpty else {
      throw FormatError(.malformed, "\(subject): its external data has no location")
    }
    self.location = location
    self.subject = subject
    offset = try Self.number(values["offset"], "offset", subject) ?? 0
    length = try Self.number(values["length"], "length", subject)
    try checkLocation()
  }

  private static func number(
    _ text: String?, _ key: String, _ subject: String
  ) throws(FormatError) -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw FormatError(
        .malformed, "\(subject): its external data's \(key) is \"\(text)\", not a size")
    }
    return number
  }

  private func checkLocation() throws(FormatError) {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
      throw FormatError(
        .notAllowed,
        "\(subject): its external data \"\(location)\" lies outside the model's folder")
    }
  }

  /// The tensor's bytes.
  ///
  /// - Parameter byteCount: what the tensor needs; checked against the file before allocation.
  func read(byteCount: Int, folder: String?) throws(FormatError) -> [UInt8] {
    guard let folder else {
      throw FormatError(
        .notAllowed, "\(subject): external data needs a folder; the model came without one")
    }
    guard length == nil || length == byteCount else {
      throw FormatError(
        .malformed,
        "\(subject): it takes \(byteCount) bytes, its external data has \(length ?? 0)")
    }
    let path = try resolvedPath(folder: folder)
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { throw unreadable(errno) }
    defer { close(descriptor) }
    try checkSize(descriptor, byteCount: byteCount)
    return try contents(descriptor, byteCount: byteCount)
  }

  /// The file's path without symbolic links, which may not lead out of the folder.
  private func resolvedPath(folder: String) throws(FormatError) -> String {
    guard let base = realPath(folder), let path = realPath(folder + "/" + location) else {
      throw unreadable(errno)
    }
    guard path.hasPrefix(base == "/" ? base : base + "/") else {
      throw FormatError(
        .notAllowed,
        "\(subject): its external data \"\(location)\" leads outside the model's folder")
    }
    return path
  }

  private func checkSize(_ descriptor: Int32, byteCount: Int) throws(FormatError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FormatError(
        .unreadable, "\(subject): its external data \"\(location)\" is not a regular file")
    }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end <= Int(status.st_size) else {
      throw FormatError(
        .malformed,
        "\(subject): \(byteCount) bytes at \(offset) reach beyond the \(status.st_size) bytes of "
          + "\"\(location)\"")
    }
  }

  private func contents(_ descriptor: Int32, byteCount: Int) throws(FormatError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
      while filled < byteCount {
        let got = unsafe pread(
          descriptor, buffer.baseAddress.map { unsafe $0 + filled }, byteCount - filled,
          off_t(offset + filled))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard failure == 0, bytes.count == byteCount else { throw unreadable(failure) }
    return bytes
  }

  private func unreadable(_ number: Int32) -> FormatError {
    FormatError(
      .unreadable,
      "\(subject): its external data \"\(location)\" cannot be read: \(systemMessage(number))")
  }
}

/// The absolute path without symbolic links; nil (and `errno`) if there is no such file.
private func realPath(_ path: String) -> String? {
  guard let resolved = unsafe realpath(path, nil) else { return nil }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}
