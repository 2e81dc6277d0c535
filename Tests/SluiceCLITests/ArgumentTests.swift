import Testing

@testable import SluiceCLI

@Suite("Values of options")
struct ArgumentTests {
  @Test(arguments: [
    ("a.npy", ArrayArgument(path: "a.npy")),
    ("x=a.npy", ArrayArgument(name: "x", path: "a.npy")),
    ("a.npz:y", ArrayArgument(path: "a.npz", key: "y")),
    ("x=dir/a.npz:y.logits:0", ArrayArgument(name: "x", path: "dir/a.npz", key: "y.logits:0")),
    ("/in/put:0=a.npz:k", ArrayArgument(name: "/in/put:0", path: "a.npz", key: "k")),
    ("x=a=b.npy", ArrayArgument(name: "x", path: "a=b.npy")),
    ("C:a.npy", ArrayArgument(path: "C:a.npy")),
  ])
  func `an array is a file with a name before it and a key behind it`(
    text: String, expected: ArrayArgument
  ) {
    #expect(ArrayArgument(argument: text) == expected)
  }

  @Test(arguments: ["", "=a.npy", "x=", "a.npz:"])
  func `an array without file, name or key where one must be is refused`(text: String) {
    #expect(ArrayArgument(argument: text) == nil)
  }

  @Test(arguments: ["x", "=1", "x=", ""])
  func `a pair needs both sides`(text: String) {
    #expect(NameValue(argument: text) == nil)
  }

  @Test func `a pair is split at the first sign`() {
    let pair = NameValue(argument: "/h/in=/h=out")
    #expect(pair?.name == "/h/in")
    #expect(pair?.value == "/h=out")
  }

  @Test func `numbers have commas between them`() {
    #expect(IntegerList("16000")?.values == [16000])
    #expect(IntegerList("1,-2,3")?.values == [1, -2, 3])
    #expect(IntegerList("1,,3") == nil)
    #expect(IntegerList("") == nil)
    #expect(IntegerList("9223372036854775808") == nil)
  }
}
