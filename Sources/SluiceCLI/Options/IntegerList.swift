/// Whole numbers with commas between them: `16000` or `1,2,3`.
struct IntegerList: Hashable, Sendable {
  var values: [Int]

  /// nil if a part is not a whole number.
  init?(_ text: String) {
    values = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = Int(part) else { return nil }
      values.append(value)
    }
  }
}
