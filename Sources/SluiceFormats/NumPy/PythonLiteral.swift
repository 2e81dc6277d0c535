/// Reads the Python dictionary of a `.npy` header: strings, truth values, a tuple of integers.
struct PythonLiteral {
  private let text: [Character]
  private let source: String
  private var position = 0

  init(_ text: String, source: String) {
    self.text = Array(text)
    self.source = source
  }

  /// The header; keys in any order, no others than the three.
  mutating func header() throws(FormatError) -> NPYHeader {
    var (type, order, shape) = (String?.none, Bool?.none, [Int]?.none)
    try expect("{")
    while !accept("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr": type = try elementType()
      case "fortran_order": order = try truth()
      case "shape": shape = try tuple()
      default: throw malformed("an unknown key '\(key)'")
      }
      guard accept(",") || peek == "}" else { throw malformed("no comma after '\(key)'") }
    }
    skipSpace()
    guard position == text.count else { throw malformed("text after the dictionary") }
    guard let type, let order, let shape else {
      throw malformed("not all of 'descr', 'fortran_order', 'shape'")
    }
    return NPYHeader(type: type, isFortranOrder: order, shape: shape)
  }

  private mutating func elementType() throws(FormatError) -> String {
    skipSpace()
    guard peek != "[" else {
      throw FormatError(.unsupported, "\(source): arrays of records are not read")
    }
    return try string()
  }

  private mutating func string() throws(FormatError) -> String {
    skipSpace()
    guard let quote = peek, quote == "'" || quote == "\"" else { throw malformed("no string") }
    position += 1
    var result = ""
    while let character = peek, character != quote {
      result.append(character)
      position += 1
    }
    guard peek == quote else { throw malformed("a string without its end") }
    position += 1
    return result
  }

  private mutating func truth() throws(FormatError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where text[position...].starts(with: word) {
      position += word.count
      return value
    }
    throw malformed("'fortran_order' is neither True nor False")
  }

  private mutating func tuple() throws(FormatError) -> [Int] {
    var sizes = [Int]()
    try expect("(")
    while !accept(")") {
      sizes.append(try integer())
      guard accept(",") || peek == ")" else { throw malformed("no comma in 'shape'") }
    }
    return sizes
  }

  private mutating func integer() throws(FormatError) -> Int {
    skipSpace()
    var digits = ""
    while let character = peek, character.isASCII, character.isNumber || character == "-" {
      digits.append(character)
      position += 1
    }
    if peek == "L" { position += 1 }  // written by Python 2
    guard let value = Int(digits), value >= 0 else {
      throw malformed("'shape' holds '\(digits)', expected a size")
    }
    return value
  }

  // MARK: Characters

  private var peek: Character? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let character = peek, character.isWhitespace { position += 1 }
  }

  private mutating func accept(_ character: Character) -> Bool {
    skipSpace()
    guard peek == character else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Character) throws(FormatError) {
    guard accept(character) else { throw malformed("no '\(character)' at \(position)") }
  }

  private func malformed(_ what: String) -> FormatError {
    FormatError(.malformed, "\(source): the header has \(what)")
  }
}
