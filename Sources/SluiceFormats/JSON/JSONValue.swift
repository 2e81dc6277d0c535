/// A JSON value whose objects keep their order (RFC 8259).
enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// The digits as written: 2^53 and beyond stay exact.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Sendable, Hashable {
    var key: String
    var value: JSONValue
  }

  /// The value as a whole number; nil if it is not one or does not fit.
  var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    if let whole = Int(digits) { return whole }
    return Double(digits).flatMap { Int(exactly: $0) }
  }

  var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

  var string: String? { if case .string(let string) = self { string } else { nil } }

  var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }

  var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

  /// What kind of value this is, for errors.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
