/// How far a long command is, in one line that is written over; nothing where standard error is no
/// terminal.
struct ProgressBar {
  private let total: Int
  private var done = 0
  private static let width = 20

  init(total: Int) { self.total = total }

  /// - Parameter text: what begins now.
  func show(_ text: String) {
    let filled = total > 0 ? done * Self.width / total : 0
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    Console.current.progress?("\r\u{1B}[K\(bar) \(done + 1)/\(total) \(text)")
  }

  /// What was shown last is done.
  mutating func advance() { done += 1 }

  /// Takes the line away.
  func clear() { Console.current.progress?("\r\u{1B}[K") }
}
