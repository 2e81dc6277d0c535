import Sluice
import SluiceFormats
import SluiceServing

/// The body of an inference request: JSON, and behind it the binary tensors that it announces.
///
///     { "id": "a", "parameters": { "sequence_id": 7, "sequence_start": true },
///       "inputs": [ { "name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2] } ],
///       "outputs": [ { "name": "y", "parameters": { "binary_data": true } } ] }
struct InferenceBody {
  var request: InferenceRequest
  /// Which outputs come as binary tensors.
  var outputs: OutputForm

  struct OutputForm {
    /// Of outputs that the request does not name.
    var isBinary = false
    var named: [String: Bool] = [:]

    func isBinary(_ name: String) -> Bool { named[name] ?? isBinary }
  }

  /// - Parameter header: bytes of the JSON; nil if it is all JSON.
  /// - Throws: `HTTPFailure` 400, naming what was expected and what was found.
  init(bytes: [UInt8], header: Int?, model: Route.ModelName) throws {
    let length = header ?? bytes.count
    guard length <= bytes.count else {
      throw HTTPFailure(
        .badRequest,
        "the body: its JSON would have \(length) bytes; the whole of it has \(bytes.count)")
    }
    let body = try JSONParser.value(
      in: bytes[..<length], source: "the body", unread: ["data"])
    guard body.members != nil else {
      throw HTTPFailure(.badRequest, "the body: expected an object; found \(body.kind)")
    }
    var tensors = TensorReader(rest: bytes[length...])
    request = InferenceRequest(
      model: model.name, version: model.version, id: try body.string("id") ?? "",
      inputs: try tensors.tensors(body))
    outputs = OutputForm()
    try take(parameters: body["parameters"])
    try take(outputs: try body.list("outputs"))
  }

  /// The parameters that mean something here; others are passed over.
  private mutating func take(parameters: JSONValue?) throws(HTTPFailure) {
    guard let parameters else { return }
    guard parameters.members != nil else {
      throw HTTPFailure(.badRequest, "parameters: expected an object; found \(parameters.kind)")
    }
    request.stream = try parameters.streamIdentifier("sequence_id")
    request.starts = try parameters.flag("sequence_start") ?? false
    request.ends = try parameters.flag("sequence_end") ?? false
    outputs.isBinary = try parameters.flag("binary_data_output") ?? false
    guard let timeout = parameters["timeout"] else { return }
    guard let microseconds = timeout.integer, microseconds >= 0 else {
      throw HTTPFailure(
        .badRequest, "parameter 'timeout': expected a whole number of microseconds from 0")
    }
    // 0 is none, as for Triton.
    if microseconds > 0 { request.timeout = .microseconds(microseconds) }
  }

  private mutating func take(outputs list: [JSONValue]?) throws(HTTPFailure) {
    guard let list, !list.isEmpty else { return }
    var names: [String] = []
    for output in list {
      guard let name = try output.string("name") else {
        throw HTTPFailure(.badRequest, "outputs: expected a 'name' in each")
      }
      names.append(name)
      try output.refuse(["shared_memory_region", "classification"], of: "output '\(name)'")
      outputs.named[name] = try output["parameters"]?.flag("binary_data")
    }
    request.outputs = names
  }
}

extension JSONValue {
  /// - Throws: 400 if it is there and is not a string.
  func string(_ key: String) throws(HTTPFailure) -> String? {
    guard let value = self[key] else { return nil }
    guard let string = value.string else {
      throw HTTPFailure(.badRequest, "'\(key)': expected a string; found \(value.kind)")
    }
    return string
  }

  func list(_ key: String) throws(HTTPFailure) -> [JSONValue]? {
    guard let value = self[key] else { return nil }
    guard let list = value.array else {
      throw HTTPFailure(.badRequest, "'\(key)': expected a list; found \(value.kind)")
    }
    return list
  }

  func flag(_ key: String) throws(HTTPFailure) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .bool(let flag) = value else {
      throw HTTPFailure(
        .badRequest, "parameter '\(key)': expected true or false; found \(value.kind)")
    }
    return flag
  }

  /// A whole number or a string; 0 and "" are none.
  func streamIdentifier(_ key: String) throws(HTTPFailure) -> StreamIdentifier? {
    let number = if case .number(let digits)? = self[key] { UInt64(digits) } else { UInt64?.none }
    switch self[key] {
    case nil, .string(""): return nil
    case .number where number != nil:
      return number.flatMap { $0 == 0 ? nil : StreamIdentifier($0) }
    case .string(let text):
      if let identifier = StreamIdentifier(text) { return identifier }
    default: break
    }
    throw HTTPFailure(
      .badRequest,
      "parameter '\(key)': expected a whole number from 0 or a string of at most "
        + "\(StreamIdentifier.maximumByteCount) bytes without control characters")
  }

  /// - Throws: 400 if its parameters have one of the keys.
  func refuse(_ keys: [String], of what: String) throws(HTTPFailure) {
    for key in keys where self["parameters"]?[key] != nil {
      throw HTTPFailure(.badRequest, "\(what): '\(key)' is not supported here")
    }
  }
}
