import ArgumentParser

/// An option's value of the form `NAME=VALUE`.
struct NameValue: ExpressibleByArgument, Hashable, Sendable {
  var name: String
  var value: String

  /// Splits at the first `=`; nil if there is none or a side is empty.
  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "=") else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
    guard !name.isEmpty, !value.isEmpty else { return nil }
  }
}
