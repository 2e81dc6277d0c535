import ArgumentParser

/// A time: `500ms`, `30s`, `5m`, `2h`; a number alone is seconds.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
  var duration: Duration
  private let text: String

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number <= 1e9 else { return nil }
    switch argument.dropFirst(digits.count) {
    case "ms": duration = .milliseconds(number)
    case "s", "": duration = .seconds(number)
    case "m": duration = .seconds(number * 60)
    case "h": duration = .seconds(number * 3600)
    default: return nil
    }
    text = argument
  }

  var defaultValueDescription: String { text }
}
