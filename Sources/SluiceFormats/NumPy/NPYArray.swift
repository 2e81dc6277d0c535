import SluiceGraph

/// What a `.npy` array holds.
public enum NPYArray: Sendable, Hashable {
  case tensor(Tensor)
  /// An array of strings (`<U…` or `|S…`) in row-major order; one entry for a 0-d array.
  case text([String])
}

extension NPYArray {
  /// Decodes one array from the bytes of a `.npy` file.
  init(_ bytes: ArraySlice<UInt8>, source: String) throws(FormatError) {
    var reader = ByteReader(bytes, source: source)
    let header = try NPYHeader(&reader)
    let type = try ItemType(header.type, source: source)
    guard let count = Tensor.elementCount(of: header.shape) else {
      throw FormatError(.malformed, "\(source): shape \(header.shape) is beyond any file")
    }
    let (length, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, length == reader.remaining else {
      let expected = overflow ? "more bytes than can be" : "\(length) bytes"
      throw FormatError(
        .malformed,
        "\(source): shape \(header.shape) of \(header.type) needs \(expected), "
          + "found \(reader.remaining)")
    }
    var data = try reader.take(length)
    if type.isBigEndian { data = byteSwapped(data, itemSize: type.swappedSize)[...] }
    if header.isFortranOrder && header.shape.count > 1 {
      data = rowMajor(data, shape: header.shape, itemSize: type.size)[...]
    }
    self = try type.array(data, shape: header.shape, source: source)
  }

  /// The whole `.npy` file of a tensor or text, little-endian.
  var bytes: [UInt8] {
    switch self {
    case .tensor(let tensor):
      let type = ItemType.name(of: tensor.elementType)
      return NPYHeader(type: type, isFortranOrder: false, shape: tensor.shape).bytes + tensor.bytes
    case .text(let lines):
      let scalars = lines.map { Array($0.unicodeScalars) }
      let width = max(1, scalars.map(\.count).max() ?? 1)
      let shape = lines.count == 1 ? [] : [lines.count]
      var bytes = NPYHeader(type: "<U\(width)", isFortranOrder: false, shape: shape).bytes
      for line in scalars {
        for scalar in line { bytes.append(littleEndian: scalar.value) }
        bytes += [UInt8](repeating: 0, count: 4 * (width - line.count))
      }
      return bytes
    }
  }
}

/// The type string of an array, such as `<f4` or `<U12`.
private struct ItemType {
  private enum Kind {
    case number(StoredType)
    /// UTF-32 characters.
    case unicode
    /// UTF-8 bytes, zeros at the end.
    case bytes
  }

  private let kind: Kind
  /// Bytes of one item.
  let size: Int
  let isBigEndian: Bool
  /// Bytes that are reversed in a big-endian array.
  var swappedSize: Int { if case .number = kind { size } else { 4 } }

  init(_ name: String, source: String) throws(FormatError) {
    let order = name.first ?? " "
    let code = "<>|=".contains(order) ? name.dropFirst() : name[...]
    if let type = ItemType.numbers[String(code)] {
      (kind, size) = (.number(type), type.byteCount)
      isBigEndian = order == ">" && size > 1
      return
    }
    guard let letter = code.first, letter == "U" || letter == "S",
      let width = Int(code.dropFirst()), width >= 0, width <= 1 << 24
    else {
      let hint = code.first == "O" ? " (Python objects are never unpickled)" : ""
      throw FormatError(
        .unsupported,
        "\(source): element type '\(name)'\(hint); f2 f4 f8, i1 to i8, u1 to u8, b1, U and S are read"
      )
    }
    kind = letter == "U" ? .unicode : .bytes
    size = letter == "U" ? 4 * width : width
    isBigEndian = order == ">" && letter == "U"
  }

  private static let numbers: [String: StoredType] = [
    "f2": .float16, "f4": .element(.float32), "f8": .element(.float64),
    "i1": .element(.int8), "i2": .element(.int16), "i4": .element(.int32),
    "i8": .element(.int64), "u1": .element(.uint8), "u2": .element(.uint16),
    "u4": .element(.uint32), "u8": .element(.uint64), "b1": .element(.bool),
  ]

  static func name(of type: ElementType) -> String {
    switch type {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .int16: "<i2"
    case .uint16: "<u2"
    case .int32: "<i4"
    case .uint32: "<u4"
    case .int64: "<i8"
    case .uint64: "<u8"
    case .bool: "|b1"
    }
  }

  func array(
    _ data: ArraySlice<UInt8>, shape: [Int], source: String
  ) throws(FormatError) -> NPYArray {
    if case .number(let type) = kind {
      guard let tensor = Tensor(stored: type, shape: shape, bytes: data) else {
        throw FormatError(.malformed, "\(source): the data does not fill shape \(shape)")
      }
      return .tensor(tensor)
    }
    // Items of no bytes cost the file nothing, so their number is bounded by itself.
    let count = Tensor.elementCount(of: shape) ?? 0
    guard count <= 1 << 20 else {
      throw FormatError(.limit, "\(source): \(count) texts; at most \(1 << 20) are read")
    }
    return .text(
      (0..<count).map { text(data.dropFirst($0 * size).prefix(size)) })
  }

  private func text(_ item: ArraySlice<UInt8>) -> String {
    guard case .unicode = kind else {
      let end = item.lastIndex { $0 != 0 }.map { $0 + 1 } ?? item.startIndex
      return String(decoding: item[item.startIndex..<end], as: UTF8.self)
    }
    var text = String.UnicodeScalarView()
    for start in stride(from: item.startIndex, to: item.endIndex, by: 4) {
      let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(item[start + $1]) << (8 * $1) }
      text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    while text.last == "\0" { text.removeLast() }
    return String(text)
  }
}

/// Reorders items from column-major to row-major.
private func rowMajor(_ data: ArraySlice<UInt8>, shape: [Int], itemSize: Int) -> [UInt8] {
  var strides = [Int]()
  var stride = itemSize
  for size in shape {
    strides.append(stride)
    stride *= size
  }
  return gathered(data, shape: shape, byteStrides: strides, byteOffset: 0, itemSize: itemSize)
}

/// Items of a strided array in row-major order. The caller has checked that every item lies in `data`.
func gathered(
  _ data: ArraySlice<UInt8>, shape: [Int], byteStrides: [Int], byteOffset: Int, itemSize: Int
) -> [UInt8] {
  var result = [UInt8]()
  result.reserveCapacity(shape.reduce(itemSize, *))
  guard !shape.contains(0) else { return result }
  var index = [Int](repeating: 0, count: shape.count)
  var offset = data.startIndex + byteOffset
  while true {
    result += data[offset..<offset + itemSize]
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      offset += byteStrides[axis]
      if index[axis] < shape[axis] { break }
      offset -= byteStrides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return result }
  }
}
