/// Requests with one frame each: Sources/OpenInferenceProtocol/inference.proto, `ModelInferRequest`.
struct InferenceRequests {
  /// What all have in common. Fields may come in any order.
  private let common: ProtobufMessage

  /// - Parameter metadata: a `ModelMetadataResponse`.
  init(model: String, metadata: ArraySlice<UInt8>) throws {
    var common = ProtobufMessage()
    common.add(1, model)
    var fields = ProtobufFields(metadata)
    while let field = try fields.next() {
      guard field.number == 4, case .bytes(let description) = field.content else { continue }
      let input = try InputDescription(description)
      common.add(5, input.tensor.bytes)
      common.add(7, frameValues(input.shape.reduce(1, *)))
    }
    self.common = common
  }

  /// - Parameter tag: nil for the frame that starts the stream.
  func request(_ stream: Int, tag: UInt32?) -> [UInt8] {
    var request = common
    request.add(3, "\(stream):\(tag ?? 0)")
    request.add(4, parameter("sequence_id", 2, UInt64(stream + 1)))
    if tag == nil { request.add(4, parameter("sequence_start", 1, 1)) }
    return request.bytes
  }

  /// An entry of `parameters`.
  ///
  /// - Parameter choice: the field of `InferParameter`.
  private func parameter(_ name: String, _ choice: Int, _ number: UInt64) -> [UInt8] {
    var value = ProtobufMessage()
    value.add(choice, varint: number)
    var entry = ProtobufMessage()
    entry.add(1, name)
    entry.add(2, value.bytes)
    return entry.bytes
  }
}

/// A `TensorMetadata` of FP32.
private struct InputDescription {
  private(set) var name = ""
  /// A dimension of any size is 1.
  private(set) var shape: [Int] = []

  init(_ message: ArraySlice<UInt8>) throws {
    var datatype = ""
    var fields = ProtobufFields(message)
    while let field = try fields.next() {
      switch (field.number, field.content) {
      case (1, .bytes(let text)): name = String(decoding: text, as: UTF8.self)
      case (2, .bytes(let text)): datatype = String(decoding: text, as: UTF8.self)
      case (3, .varint(let extent)): add(extent)
      case (3, .bytes(let packed)):
        var extents = ProtobufFields(packed)
        while let extent = try extents.nextPacked() { add(extent) }
      default: break
      }
    }
    guard datatype == "FP32" else {
      throw LoadError("input \(name): expected FP32, found \(datatype)")
    }
  }

  private mutating func add(_ extent: UInt64) {
    shape.append(max(1, Int(bitPattern: UInt(extent))))
  }

  /// An `InferInputTensor` whose values are in `raw_input_contents`.
  var tensor: ProtobufMessage {
    var packed = ProtobufMessage()
    for extent in shape { packed.append(varint: UInt64(extent)) }
    var tensor = ProtobufMessage()
    tensor.add(1, name)
    tensor.add(2, "FP32")
    tensor.add(3, packed.bytes)
    return tensor
  }
}

extension StreamAnswer {
  /// - Parameter message: a `ModelStreamInferResponse`.
  init(response message: ArraySlice<UInt8>) throws {
    var id = ""
    var sentence = ""
    var fields = ProtobufFields(message)
    while let field = try fields.next() {
      switch (field.number, field.content) {
      case (1, .bytes(let text)): sentence = String(decoding: text, as: UTF8.self)
      case (2, .bytes(let answer)): id = try StreamAnswer.id(of: answer)
      default: break
      }
    }
    let parts = id.utf8.split(separator: UInt8(ascii: ":"))
    guard parts.count == 2, let stream = Int(Substring(parts[0])),
      let tag = UInt32(Substring(parts[1]))
    else { throw LoadError("an answer with id '\(id)': \(sentence)") }
    (self.stream, self.tag) = (stream, tag)
    refusal = sentence.isEmpty ? nil : sentence
  }

  /// Of a `ModelInferResponse`.
  private static func id(of message: ArraySlice<UInt8>) throws -> String {
    var fields = ProtobufFields(message)
    while let field = try fields.next() {
      if field.number == 3, case .bytes(let text) = field.content {
        return String(decoding: text, as: UTF8.self)
      }
    }
    return ""
  }
}
