import SluiceBackends

/// Everything that decides a program's binary: two equal keys stand for equal binaries.
struct ProgramKey: Sendable, Hashable {
  /// A SHA-256.
  let digest: [UInt8]

  init(source: String, options: String, device: OpenCLDevice) {
    var hash = SHA256()
    let parts = [device.platform, device.name, device.version, device.driver, options, source]
    for part in parts {
      let bytes = Array(part.utf8)
      hash.update((0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) })
      hash.update(bytes)
    }
    digest = hash.finalize()
  }

  /// 64 hexadecimal digits.
  var name: String {
    digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
