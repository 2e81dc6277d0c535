import Sluice
import SluiceFormats

/// Reads a JSON list of numbers, or of lists of them, however they are nested: row-major order is that of
/// the text.
struct NumberReader {
  private let text: ArraySlice<UInt8>
  private let expected: Int
  private var position: Int

  /// - Parameter expected: how many numbers there have to be.
  init(_ text: ArraySlice<UInt8>, expected: Int) {
    (self.text, self.expected, position) = (text, expected, text.startIndex)
  }

  /// - Throws: `malformed`, naming what was expected and what was found.
  mutating func elements(_ type: ElementType) throws(FormatError) -> Tensor.Elements {
    switch type {
    case .float32: .float32(try numbers { NumberReader.float($0) })
    case .float64: .float64(try numbers { NumberReader.float($0) })
    case .int8: .int8(try numbers { NumberReader.integer($0) })
    case .uint8: .uint8(try numbers { NumberReader.integer($0) })
    case .int16: .int16(try numbers { NumberReader.integer($0) })
    case .uint16: .uint16(try numbers { NumberReader.integer($0) })
    case .int32: .int32(try numbers { NumberReader.integer($0) })
    case .uint32: .uint32(try numbers { NumberReader.integer($0) })
    case .int64: .int64(try numbers { NumberReader.integer($0) })
    case .uint64: .uint64(try numbers { NumberReader.integer($0) })
    case .bool: .bool(try numbers { NumberReader.truth($0) })
    }
  }

  /// - Parameter number: nil for words that are none.
  private mutating func numbers<Number>(
    _ number: (String) -> Number?
  ) throws(FormatError) -> [Number] {
    var found: [Number] = []
    // Every number has a character and a comma, so what is reserved is bounded by what was sent.
    found.reserveCapacity(min(expected, text.count))
    var depth = 0
    // Whether an item, or the end of a list without one, may stand here; or a comma.
    var mayBegin = true
    var mayEnd = false
    repeat {
      skipSpace()
      switch peek {
      case UInt8(ascii: "[") where mayBegin:
        depth += 1
        guard depth <= JSONParser.depthLimit else {
          throw FormatError(.limit, "lists nested more than \(JSONParser.depthLimit) deep")
        }
        (mayBegin, mayEnd) = (true, true)
        position += 1
      case UInt8(ascii: "]") where mayEnd:
        depth -= 1
        (mayBegin, mayEnd) = (false, true)
        position += 1
      case UInt8(ascii: ",") where !mayBegin:
        (mayBegin, mayEnd) = (true, false)
        position += 1
      case .some(let byte) where mayBegin && !NumberReader.isEnd(byte):
        guard found.count < expected else { throw wrongCount("more") }
        found.append(try next(number))
        (mayBegin, mayEnd) = (false, true)
      default: throw malformed()
      }
    } while depth > 0
    guard position == text.endIndex else { throw malformed() }
    guard found.count == expected else { throw wrongCount("\(found.count)") }
    return found
  }

  private mutating func next<Number>(
    _ number: (String) -> Number?
  ) throws(FormatError) -> Number {
    let start = position
    while let byte = peek, !NumberReader.isEnd(byte) { position += 1 }
    let word = String(decoding: text[start..<position].prefix(64), as: UTF8.self)
    guard position - start <= 64, let number = number(word) else {
      throw FormatError(.malformed, "'\(word)' is no such number")
    }
    return number
  }

  private var peek: UInt8? { position < text.endIndex ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func wrongCount(_ found: String) -> FormatError {
    FormatError(.malformed, "expected \(expected) numbers in 'data'; found \(found)")
  }

  private func malformed() -> FormatError {
    FormatError(
      .malformed, "'data' is no list of numbers from its byte \(position - text.startIndex) on")
  }
}

/// Words as numbers.
extension NumberReader {
  /// Whether a word ends before it.
  fileprivate static func isEnd(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09: true
    default: false
    }
  }

  /// `NaN`, `Infinity` and `-Infinity` too, as Triton and Python write them.
  static func float<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ word: String
  ) -> Number? {
    switch word {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: break
    }
    guard word.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }), isNumber(word),
      let number = Number(word), number.isFinite
    else { return nil }
    return number
  }

  static func integer<Number: FixedWidthInteger>(_ word: String) -> Number? {
    isNumber(word) ? Number(word) : nil
  }

  static func truth(_ word: String) -> Bool? {
    switch word {
    case "true", "1": true
    case "false", "0": false
    default: nil
    }
  }

  /// Whether it begins as JSON's numbers do.
  private static func isNumber(_ word: String) -> Bool {
    guard let first = word.utf8.first else { return false }
    return first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
  }
}
