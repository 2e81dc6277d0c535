/// The SHA-256 of a network and its bindings: two models with one digest compute the same from the
/// same weights. Snapshots carry it.
///
/// Over, in this order: inputs (name, type), nodes (name, operator with every attribute, inputs,
/// outputs), constants (type, shape, values), output names, and the options that change the network.
/// Where a file lies and what its values are called inside does not count.
public struct ModelDigest: Sendable, Hashable {
  /// 32 bytes.
  public let bytes: [UInt8]

  init(bytes: [UInt8]) {
    precondition(bytes.count == ModelDigest.byteCount)
    self.bytes = bytes
  }

  static let byteCount = 32
}

extension ModelDigest: CustomStringConvertible {
  /// 64 hexadecimal digits.
  public var description: String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

extension ModelDigest {
  init(_ graph: Graph, options: NetworkOptions) {
    var writer = DigestWriter()
    writer.write(graph)
    writer.write(options)
    self.init(bytes: writer.finalize())
  }
}
