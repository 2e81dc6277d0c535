import ArgumentParser

/// One array, or a file of them: `[NAME=]FILE[:KEY]`.
///
/// A name ends at the first `=` and a key begins behind `.npz:`, so that names and keys may hold
/// slashes and colons. A path with an `=` in it is written with a name before it.
struct ArrayArgument: ExpressibleByArgument, Hashable, Sendable {
  /// The input or output that the array is for; nil where the file's entries say it.
  var name: String?
  var path: String
  /// The entry of an `.npz` file.
  var key: String?

  init(name: String? = nil, path: String, key: String? = nil) {
    self.name = name
    self.path = path
    self.key = key
  }

  /// nil if a part is empty.
  init?(argument: String) {
    var rest = argument[...]
    if let sign = rest.firstIndex(of: "=") {
      name = String(rest[..<sign])
      rest = rest[rest.index(after: sign)...]
    }
    if let mark = rest.firstRange(of: ".npz:") {
      key = String(rest[mark.upperBound...])
      rest = rest[..<rest.index(before: mark.upperBound)]
    }
    path = String(rest)
    guard name != "", !path.isEmpty, key != "" else { return nil }
  }
}
