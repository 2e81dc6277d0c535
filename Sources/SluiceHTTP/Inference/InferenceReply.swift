import Sluice
import SluiceFormats
import SluiceServing

/// The body of an answer: JSON, and behind it the outputs that were asked for as binary tensors.
struct InferenceReply {
  let bytes: [UInt8]
  /// Bytes of the JSON; nil if it is all JSON.
  let headerLength: Int?

  init(_ answer: InferenceAnswer, _ form: InferenceBody.OutputForm) {
    var binary: [UInt8] = []
    let outputs = answer.outputs.map { name, tensor -> JSONValue in
      guard form.isBinary(name) else { return InferenceReply.listed(name, tensor) }
      binary += tensor.bytes
      var output = InferenceReply.head(name, tensor)
      output.append("parameters", ["binary_data_size": JSONValue(tensor.byteCount)])
      return output
    }
    var body: JSONValue = [
      "model_name": .string(answer.model), "model_version": .string("\(answer.version)"),
    ]
    if !answer.id.isEmpty { body.append("id", .string(answer.id)) }
    if let stream = answer.stream { body.append("parameters", stream.json) }
    body.append("outputs", .array(outputs))
    let header = body.text
    bytes = header + binary
    headerLength = binary.isEmpty ? nil : header.count
  }
}

extension InferenceReply {
  /// An output whose numbers are in the JSON.
  static func listed(_ name: String, _ tensor: Tensor) -> JSONValue {
    var output = head(name, tensor)
    output.append("data", .text(tensor.jsonList[...]))
    return output
  }

  private static func head(_ name: String, _ tensor: Tensor) -> JSONValue {
    [
      "name": .string(name), "datatype": .string(Datatype(tensor.elementType).rawValue),
      "shape": .array(tensor.shape.map { JSONValue($0) }),
    ]
  }
}

extension InferenceAnswer.StreamParameters {
  fileprivate var json: JSONValue {
    var parameters: JSONValue = [
      "sequence_id": UInt64(identifier.text).map { JSONValue($0) } ?? .string(identifier.text),
      "sequence_frames": JSONValue(framesTaken),
    ]
    if wasHibernated { parameters.append("sequence_restored", true) }
    return parameters
  }
}

extension Tensor {
  /// The elements as a flat JSON list; numbers that JSON has not as Triton and Python write them.
  var jsonList: [UInt8] {
    switch elements {
    case .float32(let array): list(array) { $0.isFinite ? "\($0)" : word(Double($0)) }
    case .float64(let array): list(array) { $0.isFinite ? "\($0)" : word($0) }
    case .int8(let array): list(array) { "\($0)" }
    case .uint8(let array): list(array) { "\($0)" }
    case .int16(let array): list(array) { "\($0)" }
    case .uint16(let array): list(array) { "\($0)" }
    case .int32(let array): list(array) { "\($0)" }
    case .uint32(let array): list(array) { "\($0)" }
    case .int64(let array): list(array) { "\($0)" }
    case .uint64(let array): list(array) { "\($0)" }
    case .bool(let array): list(array) { $0 ? "true" : "false" }
    }
  }
}

private func word(_ number: Double) -> String {
  number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
}

private func list<Number>(_ numbers: [Number], _ text: (Number) -> String) -> [UInt8] {
  var bytes: [UInt8] = [UInt8(ascii: "[")]
  bytes.reserveCapacity(2 + numbers.count * 8)
  for (index, number) in numbers.enumerated() {
    if index > 0 { bytes.append(UInt8(ascii: ",")) }
    bytes += text(number).utf8
  }
  bytes.append(UInt8(ascii: "]"))
  return bytes
}
