import SluiceBackends

/// A program's binary with the key it was built for: what a file of the cache holds.
///
/// `SLUICEP1`, the key's digest (32 bytes), the SHA-256 of the binary (32 bytes), the binary.
struct ProgramEntry: Sendable, Hashable {
  let key: ProgramKey
  /// As the driver gave it.
  let binary: [UInt8]

  init(key: ProgramKey, binary: [UInt8]) {
    self.key = key
    self.binary = binary
  }

  /// Nil unless `bytes` are a whole entry for that very key.
  init?(bytes: [UInt8], key: ProgramKey) {
    let binary = Array(bytes.dropFirst(Self.headerByteCount))
    guard !binary.isEmpty,
      bytes.prefix(Self.headerByteCount).elementsEqual(Self.header(key: key, binary: binary))
    else { return nil }
    self.init(key: key, binary: binary)
  }

  var bytes: [UInt8] { Self.header(key: key, binary: binary) + binary }

  private static let magic = Array("SLUICEP1".utf8)
  private static let headerByteCount = 8 + 32 + 32

  private static func header(key: ProgramKey, binary: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(binary)
    return magic + key.digest + hash.finalize()
  }
}
