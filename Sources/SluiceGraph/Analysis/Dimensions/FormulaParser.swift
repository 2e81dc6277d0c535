/// Reads the text of a dimension: sums, differences and products of numbers, names and calls.
///
/// A text that is not of that form, which a file may well contain, is one factor as it stands.
struct FormulaParser {
  private let characters: [Character]
  private var position = 0
  private var depth = 0

  static func parse(_ text: String) -> Formula {
    guard text.utf8.count <= longestText else { return Formula(factor: text) }
    var parser = FormulaParser(text)
    guard let formula = parser.sum(), parser.position == parser.characters.count else {
      return Formula(factor: text)
    }
    return formula
  }

  static let longestText = 1024
  private static let deepestNesting = 32

  private init(_ text: String) { characters = text.filter { $0 != " " } }

  private mutating func sum() -> Formula? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= FormulaParser.deepestNesting else { return nil }
    var result: Formula
    if take("-") {
      guard let first = product() else { return nil }
      guard let negated = try? Formula(constant: 0).adding(first, times: -1) else { return nil }
      result = negated
    } else {
      guard let first = product() else { return nil }
      result = first
    }
    while let sign = takeSign() {
      guard let next = product(), let sum = try? result.adding(next, times: sign) else {
        return nil
      }
      result = sum
    }
    return result
  }

  private mutating func product() -> Formula? {
    guard var result = factor() else { return nil }
    while take("*") {
      guard let next = factor(), let product = try? result.multiplied(by: next) else { return nil }
      result = product
    }
    return result
  }

  private mutating func factor() -> Formula? {
    if take("(") {
      guard let inner = sum(), take(")") else { return nil }
      return inner
    }
    let word = takeWord()
    if let number = Int(word) { return Formula(constant: number) }
    guard let first = word.first, !first.isNumber else { return nil }
    guard position < characters.count, characters[position] == "(" else {
      return Formula(factor: word)
    }
    guard let arguments = takeBrackets() else { return nil }
    return Formula(factor: word + arguments)
  }

  private mutating func take(_ character: Character) -> Bool {
    guard position < characters.count, characters[position] == character else { return false }
    position += 1
    return true
  }

  private mutating func takeSign() -> Int? {
    if take("+") { return 1 }
    return take("-") ? -1 : nil
  }

  private mutating func takeWord() -> String {
    let start = position
    while position < characters.count, isWordCharacter(characters[position]) { position += 1 }
    return String(characters[start..<position])
  }

  private func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "_?.:".contains(character)
  }

  /// The text of balanced brackets, brackets included.
  private mutating func takeBrackets() -> String? {
    let start = position
    var open = 0
    while position < characters.count {
      if characters[position] == "(" { open += 1 }
      if characters[position] == ")" { open -= 1 }
      position += 1
      if open == 0 { return String(characters[start..<position]) }
    }
    return nil
  }
}
