/// What stands before the data of a `.npy` array: element type, order and shape.
///
/// Source: numpy.lib.format, versions 1.0 to 3.0,
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
struct NPYHeader: Sendable, Hashable {
  /// The type string, such as `<f4`.
  var type: String
  /// Column-major: the first axis varies fastest.
  var isFortranOrder: Bool
  var shape: [Int]

  /// Bytes of header text that are read.
  static let limit = 64 << 10

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads magic, version and header; the reader then stands at the data.
  init(_ reader: inout ByteReader) throws(FormatError) {
    guard reader.remaining >= 10, try reader.take(6).elementsEqual(NPYHeader.magic) else {
      throw FormatError(.malformed, "\(reader.source): not a .npy array: wrong first bytes")
    }
    let version = try reader.byte()
    _ = try reader.byte()
    guard (1...3).contains(version) else {
      throw FormatError(
        .unsupported, "\(reader.source): .npy version \(version); versions 1 to 3 are read")
    }
    let length =
      version == 1 ? Int(try reader.integer(UInt16.self)) : Int(try reader.integer(UInt32.self))
    guard length <= NPYHeader.limit else {
      throw FormatError(
        .limit, "\(reader.source): header of \(length) bytes; at most \(NPYHeader.limit) are read")
    }
    var literal = PythonLiteral(
      String(decoding: try reader.take(length), as: UTF8.self), source: reader.source)
    self = try literal.header()
  }

  init(type: String, isFortranOrder: Bool, shape: [Int]) {
    self.type = type
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }

  /// Magic, version 1.0 and header, padded so that the data starts at a multiple of 64.
  var bytes: [UInt8] {
    let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let order = isFortranOrder ? "True" : "False"
    var text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(sizes)), }"
    let isLong = text.utf8.count > 65_000
    let prefix = isLong ? 12 : 10
    let padding = (64 - (prefix + text.utf8.count + 1) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    var bytes = NPYHeader.magic + [isLong ? 2 : 1, 0]
    if isLong {
      bytes.append(littleEndian: UInt32(text.utf8.count))
    } else {
      bytes.append(littleEndian: UInt16(text.utf8.count))
    }
    return bytes + Array(text.utf8)
  }
}
