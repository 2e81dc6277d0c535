import FoundationEssentials
import SluiceBackends

/// The secrets that clients show, one of them each.
public struct BearerTokens: Sendable {
  /// Digests, so that a comparison takes as long for every length.
  private let digests: [[UInt8]]

  /// Characters of the shortest token that is taken.
  public static let minimumLength = 16

  /// - Parameter text: one token a line; empty lines and lines that begin with `#` mean nothing.
  /// - Throws: `refused` if there is none, or one is too short or has characters that no header holds.
  public init(text: String) throws(ServingError) {
    var digests: [[UInt8]] = []
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let token = line.filter { $0 != UInt8(ascii: "\r") }
      guard let first = token.first, first != UInt8(ascii: "#") else { continue }
      guard token.count >= BearerTokens.minimumLength,
        token.allSatisfy({ (0x21...0x7E).contains($0) })
      else {
        throw ServingError(
          .refused,
          "line \(number + 1): expected a token of at least \(BearerTokens.minimumLength) visible ASCII "
            + "characters; found \(token.count)")
      }
      digests.append(BearerTokens.digest(token))
    }
    guard !digests.isEmpty else {
      throw ServingError(.refused, "expected one token a line; found none")
    }
    self.digests = digests
  }

  /// - Throws: `refused` naming the file.
  public init(path: String) throws(ServingError) {
    let text: String
    do {
      text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    } catch {
      throw ServingError(.refused, "\(path): cannot be read as text", cause: error)
    }
    do {
      try self.init(text: text)
    } catch {
      throw ServingError(.refused, "\(path): \(error.message)")
    }
  }

  /// Whether a token is one of these. It takes as long whichever it is and however much of it is right.
  public func contain(_ token: String) -> Bool {
    let shown = BearerTokens.digest(Array(token.utf8))
    var isKnown = false
    for digest in digests {
      let difference = zip(digest, shown).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
      let isThis = difference == 0
      isKnown = isKnown || isThis
    }
    return isKnown
  }

  /// Whether a header `Authorization: Bearer TOKEN` (RFC 6750) has one of these.
  public func admit(authorization header: String?) -> Bool {
    guard let words = header?.split(separator: " ", maxSplits: 1), words.count == 2,
      words[0].lowercased() == "bearer"
    else { return false }
    return contain(String(words[1]))
  }

  private static func digest(_ token: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(token)
    return hash.finalize()
  }
}
