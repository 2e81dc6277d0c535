import SluiceGraph
import Testing

/// An operator, what goes in, and what its shape rule has to say.
struct RuleCase: Sendable, CustomTestStringConvertible {
  var op: Operator
  var inputs: [String?]
  var constants: [Int: Tensor] = [:]
  /// Types as `ValueType` prints them.
  var gives: [String] = []
  /// The whole message.
  var fails: String?

  var testDescription: String {
    "\(op.name)(\(inputs.map { $0 ?? "–" }.joined(separator: ", ")))"
  }

  static func gives(
    _ op: Operator, _ inputs: [String?], _ constants: [Int: Tensor] = [:], _ types: String...
  ) -> RuleCase {
    RuleCase(op: op, inputs: inputs, constants: constants, gives: types)
  }

  static func fails(
    _ op: Operator, _ inputs: [String?], _ constants: [Int: Tensor] = [:], _ message: String,
    outputs: Int = 1
  ) -> RuleCase {
    RuleCase(
      op: op, inputs: inputs, constants: constants, gives: Array(repeating: "", count: outputs),
      fails: message)
  }

  func check() throws {
    let types = try inputs.map { text in try text.map { try ValueType(text: $0) } }
    let known = inputs.indices.map { constants[$0] }
    do {
      let found = try op.outputTypes(inputs: types, constants: known, outputCount: gives.count)
      #expect(fails == nil, "expected an error, found \(found)")
      if fails == nil { #expect(found.map(\.description) == gives) }
    } catch {
      #expect(error.message == fails)
    }
  }
}

extension ValueType {
  /// Reads what `description` writes: `float32[batch, 3]`, `int64[?]` for an unknown rank. In an
  /// input `*` is an unknown size.
  init(text: String) throws {
    let open = try #require(text.firstIndex(of: "["), "\(text)")
    let type = try #require(ElementType(rawValue: String(text[..<open])), "\(text)")
    let inner = text[text.index(after: open)...].dropLast()
    guard inner != "?" else {
      self.init(type, nil)
      return
    }
    let dimensions = inner.split(separator: ",").map { part -> Dimension in
      let word = part.filter { $0 != " " }
      return Int(word).map { .size($0) } ?? .symbol(word == "*" ? "?" : String(word))
    }
    self.init(type, Shape(dimensions))
  }
}

/// A vector of int64.
func vector(_ values: Int64...) -> Tensor { Tensor(values) }

/// A scalar of int64.
func scalar(_ value: Int64) -> Tensor { Tensor(scalar: value) }
