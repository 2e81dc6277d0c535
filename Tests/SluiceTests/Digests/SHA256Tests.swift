import Testing

@testable import Sluice

/// Vectors of FIPS 180-4 and NIST's CAVP (SHA256ShortMsg, SHA256LongMsg, the million of `a`).
struct SHA256Tests {
  @Test(
    "a message of NIST's vectors has its hash",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
          + "klmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func vectors(message: String, expected: String) {
    #expect(hash([Array(message.utf8)]) == expected)
  }

  @Test("a million times the letter a, in pieces of uneven size, has its hash")
  func millionOfA() {
    var pieces: [[UInt8]] = []
    var left = 1_000_000
    var size = 1
    while left > 0 {
      pieces.append(Array(repeating: UInt8(ascii: "a"), count: min(size, left)))
      left -= min(size, left)
      size = (size * 7 + 3) % 20_011
    }
    #expect(
      hash(pieces) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("padding is right at every length around a block", arguments: 50...70)
  func lengthsAroundABlock(length: Int) {
    let message = Array(repeating: UInt8(7), count: length)
    let inPieces = [Array(message.prefix(length / 3)), Array(message.dropFirst(length / 3))]
    #expect(hash([message]) == hash(inPieces))
    #expect(hash([message]) != hash([message + [7]]))
  }

  private func hash(_ pieces: [[UInt8]]) -> String {
    var hash = SHA256()
    for piece in pieces { hash.update(piece) }
    return ModelDigest(bytes: hash.finalize()).description
  }
}
