/// Writes small ONNX files by hand, hostile ones too, which no exporter would.
///
/// Field numbers: onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; the encoding:
/// https://protobuf.dev/programming-guides/encoding/.
struct ProtocolMessage {
  private(set) var bytes: [UInt8] = []

  init() {}

  /// A message with one length-delimited field after the other.
  init(_ fields: (field: Int, message: ProtocolMessage)...) {
    for (field, message) in fields { add(field, message) }
  }

  mutating func add(_ field: Int, _ value: Int) {
    varint(UInt64(field) << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ content: [UInt8]) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtocolMessage) { add(field, message.bytes) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// A network in the making.
struct ONNXNetwork {
  private var graph = ProtocolMessage()

  init() { graph.add(2, "written by hand") }

  /// The whole file: IR version 8, opset 17.
  var file: [UInt8] {
    var opset = ProtocolMessage()
    opset.add(2, 17)
    var model = ProtocolMessage()
    model.add(1, 8)
    model.add(8, opset)
    model.add(7, graph)
    return model.bytes
  }

  /// The graph alone, as an attribute of a node holds it.
  var message: ProtocolMessage { graph }

  mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], attributes: [ProtocolMessage] = []
  ) {
    var node = ProtocolMessage()
    for input in inputs { node.add(1, input) }
    for output in outputs { node.add(2, output) }
    node.add(3, "\(type)_\(outputs.first ?? "")")
    node.add(4, type)
    for attribute in attributes { node.add(5, attribute) }
    graph.add(1, node)
  }

  /// An int64 constant, or a float32 one.
  mutating func constant(_ name: String, dimensions: [Int], integers: [Int64]) {
    constant(
      name, dimensions: dimensions, type: 7,
      content: integers.flatMap { value in
        (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      })
  }

  mutating func constant(_ name: String, dimensions: [Int], floats: [Float]) {
    constant(
      name, dimensions: dimensions, type: 1,
      content: floats.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
      })
  }

  private mutating func constant(
    _ name: String, dimensions: [Int], type: Int, content: [UInt8]
  ) {
    var tensor = ProtocolMessage()
    for size in dimensions { tensor.add(1, size) }
    tensor.add(2, type)
    tensor.add(8, name)
    tensor.add(9, content)
    graph.add(5, tensor)
  }

  /// A float32 constant whose values lie in another file.
  mutating func externalConstant(_ name: String, dimensions: [Int], location: String) {
    var entry = ProtocolMessage()
    entry.add(1, "location")
    entry.add(2, location)
    var tensor = ProtocolMessage()
    for size in dimensions { tensor.add(1, size) }
    tensor.add(2, 1)
    tensor.add(8, name)
    tensor.add(13, entry)
    tensor.add(14, 1)
    graph.add(5, tensor)
  }

  mutating func input(_ name: String, _ shape: [Int], type: Int = 1) {
    graph.add(11, value(name, shape, type))
  }

  mutating func output(_ name: String, _ shape: [Int], type: Int = 1) {
    graph.add(12, value(name, shape, type))
  }

  private func value(_ name: String, _ shape: [Int], _ type: Int) -> ProtocolMessage {
    var dimensions = ProtocolMessage()
    for size in shape {
      var dimension = ProtocolMessage()
      dimension.add(1, size)
      dimensions.add(1, dimension)
    }
    var tensor = ProtocolMessage()
    tensor.add(1, type)
    tensor.add(2, dimensions)
    var value = ProtocolMessage()
    value.add(1, name)
    value.add(2, ProtocolMessage((1, tensor)))
    return value
  }

  /// An attribute that is a graph.
  static func attribute(_ name: String, graph: ProtocolMessage) -> ProtocolMessage {
    var attribute = ProtocolMessage()
    attribute.add(1, name)
    attribute.add(6, graph)
    attribute.add(20, 5)
    return attribute
  }
}
