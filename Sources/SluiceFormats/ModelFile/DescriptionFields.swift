import SluiceGraph

/// The members of one object of a `model.json`, taken one by one; errors name the place, and a key
/// that nobody takes is an error too.
struct DescriptionFields {
  /// The file and the place in it, such as `model.json: layers[2].gru`.
  let place: String
  private let members: [JSONValue.Member]
  private var taken: Set<String> = []

  init(_ value: JSONValue, place: String) throws(FormatError) {
    guard let members = value.members else {
      throw FormatError(.malformed, "\(place): \(value.kind), expected an object")
    }
    self.place = place
    self.members = members
  }

  var keys: [String] { members.map(\.key) }

  mutating func value(_ key: String) -> JSONValue? {
    taken.insert(key)
    return members.first { $0.key == key }?.value
  }

  mutating func string(_ key: String) throws(FormatError) -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw expected("a string", key, value) }
    return string
  }

  mutating func bool(_ key: String) throws(FormatError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw expected("true or false", key, value) }
    return bool
  }

  mutating func integer(
    _ key: String, in range: ClosedRange<Int>
  ) throws(FormatError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let integer = value.integer, range.contains(integer) else {
      throw expected(
        "a whole number from \(range.lowerBound) to \(range.upperBound)", key, value)
    }
    return integer
  }

  mutating func float(_ key: String) throws(FormatError) -> Float? {
    guard let value = value(key) else { return nil }
    guard let number = value.double, Float(number).isFinite else {
      throw expected("a number", key, value)
    }
    return Float(number)
  }

  /// One of a few words.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type
  ) throws(FormatError) -> Choice? where Choice.RawValue == String {
    guard let value = value(key) else { return nil }
    guard let choice = value.string.flatMap({ Choice(rawValue: $0) }) else {
      throw expected(
        Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "), key, value)
    }
    return choice
  }

  /// Throws if a key has not been asked for.
  func finish() throws(FormatError) {
    for key in keys where !taken.contains(key) {
      throw FormatError(
        .unsupported,
        "\(place): unknown key \"\(key)\"; known are \(taken.sorted().joined(separator: ", "))")
    }
  }

  func missing(_ key: String) -> FormatError {
    FormatError(.malformed, "\(place): no \"\(key)\"")
  }

  private func expected(_ what: String, _ key: String, _ value: JSONValue) -> FormatError {
    let found = value.string.map { "\"\($0.prefix(100))\"" } ?? value.shown
    return FormatError(.malformed, "\(place).\(key): expected \(what), found \(found)")
  }
}

extension JSONValue {
  /// A number's digits, else the kind.
  fileprivate var shown: String {
    if case .number(let digits) = self { String(digits.prefix(100)) } else { kind }
  }
}
