import Glibc

/// The files that a `model.json` may name: those of its own folder and of folders a user allows.
struct FolderAccess {
  /// What errors begin with: the file that names paths.
  let source: String
  /// Where the naming file lies; relative paths start here.
  let folder: String
  /// Further folders, as the user gave them.
  let allowed: [String]

  /// The path of a file named in the description. Symbolic links are followed first, so none leads
  /// out of the folders.
  func path(of name: String) throws(FormatError) -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let leaves = name.hasPrefix("/") || parts.contains("..")
    guard !name.isEmpty, !name.utf8.contains(0), !leaves || !allowed.isEmpty else {
      throw outside(name)
    }
    let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    guard let real = FolderAccess.real(path) else {
      throw FormatError(
        .unreadable, "\(source): \"\(name)\" cannot be opened: \(systemMessage(errno))")
    }
    let folders = [folder] + allowed
    guard folders.contains(where: { FolderAccess.real($0).map { Self.holds($0, real) } == true })
    else { throw outside(name) }
    return path
  }

  private func outside(_ name: String) -> FormatError {
    FormatError(
      .notAllowed,
      "\(source): \"\(name)\" lies outside the folder of the model; --allow-path allows another")
  }

  private static func holds(_ folder: String, _ path: String) -> Bool {
    path.hasPrefix(folder == "/" ? folder : folder + "/")
  }

  /// The absolute path without symbolic links; nil (and `errno`) if there is nothing there.
  private static func real(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether nothing has this path, as far as the system lets it be seen.
  static func isAbsent(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) != 0 && errno == ENOENT
  }

  /// The folder that a path's last part lies in.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
