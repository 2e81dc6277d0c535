import ArgumentParser

/// A model and the name under which it is served: `[NAME=]MODEL`.
struct ModelArgument: ExpressibleByArgument, Hashable, Sendable {
  /// Without a name before it, that of the file or folder, without its ending.
  var name: String
  var path: String

  /// nil if a part is empty.
  init?(argument: String) {
    if let pair = NameValue(argument: argument) {
      (name, path) = (pair.name, pair.value)
      return
    }
    guard let last = argument.split(separator: "/").last, !argument.contains("=") else {
      return nil
    }
    path = argument
    let stem = last.lastIndex(of: ".").map { last[..<$0] } ?? last
    name = String(stem.isEmpty ? last : stem)
  }
}
