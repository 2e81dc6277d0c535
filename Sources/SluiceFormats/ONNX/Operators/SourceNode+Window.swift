import SluiceGraph

/// Attributes of windows over spatial axes.
extension SourceNode {
  /// No stride, kernel or padding is larger, so that sums of them cannot overflow.
  static let sizeLimit = Int(Int32.max)

  /// A list of sizes per axis, none below `least`.
  func sizes(_ name: String, from least: Int) throws(FormatError) -> [Int]? {
    guard let sizes = try integers(name) else { return nil }
    guard sizes.allSatisfy({ least...Self.sizeLimit ~= $0 }) else {
      throw error(.malformed, "\(name) is \(sizes), expected \(least) to \(Self.sizeLimit)")
    }
    return sizes
  }

  /// `auto_pad` and `pads`; the latter counts for NOTSET only.
  func windowPadding() throws(FormatError) -> WindowPadding {
    let automatic = try string("auto_pad") ?? "NOTSET"
    let pads = try sizes("pads", from: -Self.sizeLimit)
    switch automatic {
    case "SAME_UPPER": return .sameUpper
    case "SAME_LOWER": return .sameLower
    case "VALID": return .valid
    case "NOTSET", "":
      guard let pads, pads.contains(where: { $0 != 0 }) else { return .valid }
      guard pads.count.isMultiple(of: 2) else {
        throw error(.malformed, "pads is \(pads), expected begins and ends")
      }
      let half = pads.count / 2
      return .explicit(begin: Array(pads[..<half]), end: Array(pads[half...]))
    default:
      throw error(
        .malformed, "auto_pad \"\(automatic)\" is not NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    }
  }
}
