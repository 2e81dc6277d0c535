/// A JSON value whose objects keep their order (RFC 8259).
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// The digits as written: 2^53 and beyond stay exact.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])
  /// JSON as it stands: a value that was not read because the reader was told so, or that was written
  /// beforehand.
  case text(ArraySlice<UInt8>)

  package struct Member: Sendable, Hashable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value as a whole number; nil if it is not one or does not fit.
  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    if let whole = Int(digits) { return whole }
    return Double(digits).flatMap { Int(exactly: $0) }
  }

  package var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

  package var string: String? { if case .string(let string) = self { string } else { nil } }

  package var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }

  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  package subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

  /// Adds a member to an object.
  package mutating func append(_ key: String, _ value: JSONValue) {
    var members = members ?? []
    self = .null
    members.append(Member(key: key, value: value))
    self = .object(members)
  }

  /// What kind of value this is, for errors.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    case .text: "a list that was not read"
    }
  }
}
