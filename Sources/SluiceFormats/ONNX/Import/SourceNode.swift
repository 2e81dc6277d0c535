import ONNXProtocol
import SluiceGraph

/// A node of the file while a rule converts it. It keeps account of the attributes that were read, so
/// that none is passed over in silence.
final class SourceNode {
  let name: String
  let operatorType: String
  /// The version of the default domain's operator set in force.
  let opset: Int
  /// All operator set versions in force, for graphs inside.
  let versions: [String: Int]
  /// By position; nil where an optional one is left out. Missing ones at the end are cut off.
  private(set) var inputs = [ValueID?]()
  /// Names by position, empty where an output is not wanted. Unwanted ones at the end are cut off.
  let outputs: [String]
  private let proto: ONNXNodeProto
  private let file: String
  private var attributes: [String: ONNXAttributeProto]

  init(_ call: OperatorCall, name: String, file: String) {
    self.name = name
    self.file = file
    proto = call.proto
    operatorType = call.proto.opType
    versions = call.versions
    opset = call.versions[""] ?? 0
    var outputs = call.proto.output
    while let last = outputs.last, last.isEmpty { outputs.removeLast() }
    self.outputs = outputs
    attributes = [:]
    for attribute in call.proto.attribute { attributes[attribute.name] = attribute }
  }

  /// Looks up the values behind the input names.
  func resolveInputs(_ names: [String: ValueID]) throws(FormatError) {
    inputs = []
    for name in proto.input {
      if name.isEmpty {
        inputs.append(nil)
      } else if let value = names[name] {
        inputs.append(value)
      } else {
        throw error(.malformed, "reads \"\(name)\", which nothing produces")
      }
    }
    while let last = inputs.last, last == nil { inputs.removeLast() }
  }

  /// The input at `index`; nil if it is left out.
  func input(_ index: Int) -> ValueID? {
    inputs.indices.contains(index) ? inputs[index] : nil
  }

  /// Whether somebody may read the output at `index`.
  func hasOutput(_ index: Int) -> Bool {
    outputs.indices.contains(index) && !outputs[index].isEmpty
  }

  func error(_ code: FormatError.Code, _ message: String) -> FormatError {
    FormatError(code, "\(file): node \"\(name)\" (\(operatorType)): \(message)")
  }

  // MARK: Attributes

  /// Attributes that change nothing here: hints, and what only training uses.
  func ignore(_ names: String...) {
    for name in names { attributes[name] = nil }
  }

  /// Refuses attributes that no rule has read: they might change what the node means.
  func checkAttributes() throws(FormatError) {
    guard Set(proto.attribute.map(\.name)).count == proto.attribute.count else {
      throw error(.malformed, "an attribute is given more than once")
    }
    guard !attributes.isEmpty else { return }
    let names = attributes.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    throw error(.unsupported, "attributes that opset \(opset) does not have: \(names)")
  }

  func integer(_ name: String) throws(FormatError) -> Int? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .int else { throw mismatch(attribute, "an integer") }
    return Int(attribute.i)
  }

  func integer(_ name: String, default value: Int) throws(FormatError) -> Int {
    try integer(name) ?? value
  }

  /// An integer that means false if 0.
  func flag(_ name: String, default value: Bool = false) throws(FormatError) -> Bool {
    try integer(name).map { $0 != 0 } ?? value
  }

  func integers(_ name: String) throws(FormatError) -> [Int]? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .ints else { throw mismatch(attribute, "a list of integers") }
    return attribute.ints.map { Int($0) }
  }

  func float(_ name: String) throws(FormatError) -> Float? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .float else { throw mismatch(attribute, "a number") }
    return attribute.f
  }

  func float(_ name: String, default value: Float) throws(FormatError) -> Float {
    try float(name) ?? value
  }

  func floats(_ name: String) throws(FormatError) -> [Float]? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .floats else { throw mismatch(attribute, "a list of numbers") }
    return attribute.floats
  }

  func string(_ name: String) throws(FormatError) -> String? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .string else { throw mismatch(attribute, "a text") }
    return String(decoding: attribute.s, as: UTF8.self)
  }

  func strings(_ name: String) throws(FormatError) -> [String]? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .strings else { throw mismatch(attribute, "a list of texts") }
    return attribute.strings.map { String(decoding: $0, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(FormatError) -> ONNXTensorProto? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == .tensor, attribute.hasT else { throw mismatch(attribute, "a tensor") }
    return attribute.t
  }

  func graph(_ name: String) throws(FormatError) -> ONNXGraphProto {
    guard let attribute = attributes.removeValue(forKey: name) else {
      throw error(.malformed, "it lacks the attribute \"\(name)\"")
    }
    guard attribute.type == .graph, attribute.hasG else { throw mismatch(attribute, "a graph") }
    return attribute.g
  }

  private func mismatch(_ attribute: ONNXAttributeProto, _ expected: String) -> FormatError {
    error(
      .malformed,
      "attribute \"\(attribute.name)\" should be \(expected), but its type is "
        + "\(attribute.type)")
  }
}
