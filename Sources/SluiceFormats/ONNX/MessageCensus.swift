/// Counts the messages in an encoded model before they are decoded: an empty one takes two bytes in a
/// file and hundreds in memory, so a file of a few megabytes could fill a machine. Finds nesting that
/// would endanger the stack as well; it needs no stack itself.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
struct MessageCensus {
  /// Messages inside messages. A nested graph takes three levels (graph, node, attribute), and what
  /// lies in it a few more.
  static let depthLimit = 3 * ModelImport.depthLimit + 14
  /// Bytes of memory for all messages, their raw data not counted.
  static let memoryLimit = 128 << 20

  enum Kind {
    case model, graph, node, attribute, tensor, sparseTensor, function, value, entry
    case type, tensorType, shape, leaf

    /// Roughly the bytes that one decoded message takes.
    var memory: Int {
      switch self {
      case .attribute: 640
      case .sparseTensor: 512
      case .tensor, .graph, .node, .function, .model: 256
      case .value, .type, .tensorType: 128
      case .entry, .shape, .leaf: 64
      }
    }

    /// The kind of message in a field; nil for plain data. Field numbers: onnx.proto.
    func child(in field: UInt64) -> Kind? {
      switch (self, field) {
      case (.model, 7), (.attribute, 6): .graph
      case (.model, 8), (.model, 14), (.function, 9), (.tensor, 13): .entry
      case (.model, 25): .function
      case (.graph, 1), (.function, 7): .node
      case (.graph, 5), (.attribute, 5), (.sparseTensor, 1): .tensor
      case (.graph, 15): .sparseTensor
      case (.graph, 11), (.graph, 12), (.graph, 13): .value
      case (.node, 5), (.function, 11): .attribute
      case (.value, 2): .type
      case (.type, 1): .tensorType
      case (.tensorType, 2): .shape
      case (.shape, 1), (.type, _), (.tensor, 3): .leaf
      default: nil
      }
    }
  }

  enum Finding: Equatable {
    /// Decoding is safe; it may still find mistakes.
    case fit
    case tooDeep
    case tooMany
    /// The bytes are no protocol buffer of this format.
    case malformed
  }

  /// Walks over an encoded `root`.
  static func finding(in bytes: [UInt8], root: Kind) -> Finding {
    var open = [(kind: root, end: bytes.count)]
    var memory = 0
    var place = 0
    while let (kind, end) = open.last {
      guard place < end else {
        open.removeLast()
        continue
      }
      guard let key = varint(bytes, &place, end) else { return .malformed }
      switch key & 7 {
      case 0:
        guard varint(bytes, &place, end) != nil else { return .malformed }
      case 1, 5:
        place += key & 7 == 1 ? 8 : 4
      case 2:
        guard let length = varint(bytes, &place, end), length <= UInt64(end - place) else {
          return .malformed
        }
        let child = kind.child(in: key >> 3)
        guard let child else {
          place += Int(length)
          continue
        }
        memory += child.memory
        guard memory <= memoryLimit else { return .tooMany }
        guard open.count < depthLimit else { return .tooDeep }
        open.append((child, place + Int(length)))
      default:
        return .malformed
      }
      guard place <= end else { return .malformed }
    }
    return .fit
  }

  /// The variable-length number at `place`; nil if it is cut short or longer than 10 bytes.
  private static func varint(_ bytes: [UInt8], _ place: inout Int, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard place < end else { return nil }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
