import SluiceGraph

/// Hugging Face's safetensors: a JSON header and the tensors' bytes.
///
/// F16 and BF16 are widened to float32; F32, F64, BOOL and all integers stay as they are. Tensors
/// must fill the data without gap or overlap, as the format demands.
///
/// Source: https://github.com/huggingface/safetensors#format.
public enum SafetensorsFile {
  /// Bytes of header that are read.
  static let headerLimit = 16 << 20

  /// Reads all tensors, in the order of their data.
  public static func read(path: String) throws(FormatError) -> TensorFile {
    try read(try FileContent.read(path: path))
  }

  /// Likewise from memory.
  public static func read(_ file: FileContent) throws(FormatError) -> TensorFile {
    var reader = ByteReader(file.bytes[...], source: file.path)
    let length = try reader.size("the header's length")
    guard length <= headerLimit else {
      throw FormatError(
        .limit, "\(file.path): header of \(length) bytes; at most \(headerLimit) are read")
    }
    let header = try JSONParser.value(
      in: try reader.take(length), source: "\(file.path): header")
    let data = try reader.take(reader.remaining)
    return TensorFile(path: file.path, entries: try entries(header, data, path: file.path))
  }

  /// Whether a file starts as safetensors does: the length of a header that is a JSON object.
  static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    return bytes[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) } < 1 << 40
  }

  // MARK: The header

  private static let types: [String: StoredType] = [
    "F32": .element(.float32), "F64": .element(.float64), "F16": .float16, "BF16": .bfloat16,
    "I64": .element(.int64), "I32": .element(.int32), "I16": .element(.int16),
    "I8": .element(.int8), "U64": .element(.uint64), "U32": .element(.uint32),
    "U16": .element(.uint16), "U8": .element(.uint8), "BOOL": .element(.bool),
  ]

  private struct Declaration {
    var name: String
    var type: StoredType
    var shape: [Int]
    var range: Range<Int>
  }

  private static func entries(
    _ header: JSONValue, _ data: ArraySlice<UInt8>, path: String
  ) throws(FormatError) -> [TensorFile.Entry] {
    guard let members = header.members else {
      throw FormatError(.malformed, "\(path): the header is \(header.kind), expected an object")
    }
    var declarations = [Declaration]()
    for member in members where member.key != "__metadata__" {
      declarations.append(
        try declaration(member.value, name: member.key, source: "\(path): tensor '\(member.key)'"))
    }
    declarations.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    var entries = [TensorFile.Entry]()
    for item in declarations {
      guard item.range.lowerBound == end, item.range.upperBound <= data.count else {
        throw FormatError(
          .malformed,
          "\(path): tensor '\(item.name)' lies at \(item.range.lowerBound) to "
            + "\(item.range.upperBound) of \(data.count) bytes; expected it to start at \(end)")
      }
      end = item.range.upperBound
      let bytes = data.dropFirst(item.range.lowerBound).prefix(item.range.count)
      guard let tensor = Tensor(stored: item.type, shape: item.shape, bytes: bytes) else {
        throw FormatError(.malformed, "\(path): tensor '\(item.name)' does not fill its shape")
      }
      entries.append(TensorFile.Entry(item.name, tensor))
    }
    guard end == data.count else {
      throw FormatError(
        .malformed, "\(path): tensors hold \(end) bytes, found \(data.count) after the header")
    }
    return entries
  }

  private static func declaration(
    _ value: JSONValue, name: String, source: String
  ) throws(FormatError) -> Declaration {
    guard let typeName = value["dtype"]?.string else {
      throw FormatError(.malformed, "\(source): no 'dtype'")
    }
    guard let type = types[typeName] else {
      throw FormatError(
        .unsupported,
        "\(source): element type \(typeName); \(types.keys.sorted().joined(separator: " ")) are read"
      )
    }
    guard let shape = sizes(value["shape"]), let offsets = sizes(value["data_offsets"]),
      offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw FormatError(
        .malformed, "\(source): 'shape' and 'data_offsets' are not lists of sizes in order")
    }
    let count = Tensor.elementCount(of: shape)
    let expected = count?.multipliedReportingOverflow(by: type.byteCount)
    guard let expected, !expected.overflow, expected.partialValue == offsets[1] - offsets[0] else {
      throw FormatError(
        .malformed,
        "\(source): shape \(shape) of \(typeName) does not take the \(offsets[1] - offsets[0]) "
          + "bytes it has")
    }
    return Declaration(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// A list of numbers that are not negative.
  private static func sizes(_ value: JSONValue?) -> [Int]? {
    guard let items = value?.array else { return nil }
    let sizes = items.compactMap(\.integer).filter { $0 >= 0 }
    return sizes.count == items.count ? sizes : nil
  }
}
