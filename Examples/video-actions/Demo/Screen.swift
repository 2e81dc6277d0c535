import Glibc

/// Where the clip is shown: redrawn in place on a terminal, line after line anywhere else.
struct Screen {
  let isTerminal = isatty(STDOUT_FILENO) == 1
  /// Lines of the frame that the next one is drawn over.
  private var drawn = 0

  /// Shows a frame over the one before it.
  mutating func draw(_ lines: [String]) {
    if drawn > 0 { put("\u{1B}[\(drawn)A") }
    for line in lines { put(line + "\u{1B}[K\n") }
    drawn = lines.count
  }

  /// Prints lines that stay.
  mutating func print(_ lines: [String]) {
    for line in lines { put(line + "\n") }
    drawn = 0
  }

  private func put(_ text: String) {
    Swift.print(text, terminator: "")
    fflush(nil)
  }
}
