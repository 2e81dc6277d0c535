import Testing

@testable import SluiceGraph

@Suite struct `Formulas over dimension names` {
  static let texts = [
    ("time", "time"), ("2*time", "time*2"), ("time * 2 + 3 - 3", "time*2"), ("b+a", "a+b"),
    ("-a+b", "b-a"), ("(a+1)*(a-1)", "a*a-1"), ("a-a", "0"), ("b*a*3", "a*b*3"),
    ("floor((time-10)/2)+1", "floor((time-10)/2)+1"), ("unk__12 + 1", "unk__12+1"),
    ("s77//4", "s77//4"), ("Max(1, s0)*2", "Max(1,s0)*2"), ("", ""), ("a+", "a+"), ("((", "(("),
  ]

  @Test(arguments: texts) func `Texts are canonical`(text: String, expected: String) {
    #expect(FormulaParser.parse(text).text == expected)
  }

  @Test func `Arithmetic keeps to the canonical text`() throws {
    let time = Dimension.symbol("time")
    #expect(try time.adding(3).subtracting(time) == 3)
    #expect(try time.multiplied(by: 4).adding(6).floorDivided(by: 4) == .symbol("time+1"))
    #expect(try time.subtracting(10).floorDivided(by: 2).adding(1) == .symbol("floor(time/2)-4"))
    #expect(
      try time.multiplied(by: "batch").floorDivided(by: 3)
        == .symbol("floor((batch*time)/3)"))
    #expect(try time.multiplied(by: "batch").quotient("time") == "batch")
    #expect(try time.multiplied(by: 6).quotient(4) == nil)
    #expect(time.quotient("batch") == nil)
    #expect(try Dimension.unknown.adding(1) == .unknown)
    #expect(!Dimension.unknown.equals(.unknown))
    #expect(try Dimension.unknown.multiplied(by: 0) == 0)
  }

  @Test func `Numbers put in give numbers`() throws {
    let dimension = Dimension.symbol("floor((floor(time/2)+batch)/3)*2-1")
    #expect(dimension.names == ["batch", "time"])
    #expect(try dimension.replacing(["time": 9, "batch": 4]) == 3)
    #expect(try dimension.replacing(["time": 9]) == .symbol("floor((batch+1)/3)*2+1"))
    #expect(try Dimension.symbol("any text!").replacing(["any text!": 5]) == 5)
  }

  @Test func `Arithmetic that overflows is refused`() {
    let time = Dimension.symbol("time")
    expect(error: "size 4611686018427387904 * 4 is beyond 2^63", code: .limit) {
      () throws(GraphError) in _ = try time.multiplied(by: .size(1 << 62)).multiplied(by: 4)
    }
    expect(error: "size 9223372036854775807 + 1 is beyond 2^63", code: .limit) {
      () throws(GraphError) in _ = try time.adding(.size(.max)).adding(1)
    }
  }

  @Test func `A text that nests without end is taken as a name`() {
    let text = String(repeating: "(", count: 500) + "a" + String(repeating: ")", count: 500)
    #expect(FormulaParser.parse(text).text == text)
  }
}

extension Dimension: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self = .symbol(value) }
}
