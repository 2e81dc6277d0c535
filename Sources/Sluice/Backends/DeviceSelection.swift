/// What `--device` means: `0`, `0,1`, `all`, or a part of a name.
package enum DeviceSelection: Sendable, Hashable {
  case unsaid
  case all
  /// Counted within the backend; a number may be there several times.
  case indices([Int])
  /// In lower case.
  case part(String)

  package init(_ text: String?) {
    guard let text else {
      self = .unsaid
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let indices = parts.compactMap { Int($0) }
    if text.lowercased() == "all" {
      self = .all
    } else if indices.count == parts.count {
      self = .indices(indices)
    } else {
      self = .part(text.lowercased())
    }
  }

  /// Whether it may mean several devices.
  package var isList: Bool {
    switch self {
    case .unsaid, .part: false
    case .all: true
    case .indices(let indices): indices.count > 1
    }
  }
}
