/// What a client calls a stream; of its own within each model.
///
/// A whole number and its decimal digits are one identifier, so that a path can name either.
public struct StreamIdentifier: Sendable, Hashable {
  public let text: String

  /// Bytes of the longest identifier.
  public static let maximumByteCount = 256

  /// - Returns: nil if the text is empty, longer than `maximumByteCount` bytes, or has control characters.
  public init?(_ text: String) {
    guard (1...StreamIdentifier.maximumByteCount).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else { return nil }
    self.text = text
  }

  public init(_ number: UInt64) { text = String(number) }
}

extension StreamIdentifier: CustomStringConvertible {
  public var description: String { text }
}
