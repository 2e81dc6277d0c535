import Glibc

/// Where a command's text goes: results to standard output, everything else to standard error.
///
/// A task-local value, so that a test runs a whole command line in its own process and reads what
/// it printed.
struct Console: Sendable {
  /// Takes one piece of the result, without the newline that ends it.
  var result: @Sendable (String) -> Void
  /// Takes one line for the person who watches.
  var remark: @Sendable (String) -> Void
  /// Takes a piece of a line that is written over; nil where nobody watches a terminal.
  var progress: (@Sendable (String) -> Void)?

  /// The console of the process, unless a test put its own in place.
  @TaskLocal static var current = Console(
    result: { write($0 + "\n", to: STDOUT_FILENO) },
    remark: { write($0 + "\n", to: STDERR_FILENO) },
    progress: onTerminal)

  private static var onTerminal: (@Sendable (String) -> Void)? {
    guard isatty(STDERR_FILENO) == 1 else { return nil }
    return { write($0, to: STDERR_FILENO) }
  }
}

/// Writes all of `text`; what a closed or full descriptor does not take is dropped.
private func write(_ text: String, to descriptor: Int32) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
    }
    if count > 0 {
      bytes = bytes.dropFirst(count)
    } else if errno != EINTR {
      return
    }
  }
}
