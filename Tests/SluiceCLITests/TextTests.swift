import Testing

@testable import SluiceCLI

@Suite("Text of results")
struct TextTests {
  @Test func `a table's columns are as wide as their widest entry`() {
    var table = Table(["name", "parameters", "note"], rightAligned: [1])
    table.rows = [["gru", "49 536", "two layers"], ["fc", "99", ""]]
    #expect(
      table.lines == [
        "name  parameters  note",
        "gru       49 536  two layers",
        "fc            99",
      ])
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")])
  func `thousands stand apart`(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(arguments: [
    (0.0, "0"), (999, "999"), (1000, "1.00 k"), (12_340, "12.3 k"), (999_600, "1.00 M"),
    (1.5e9, "1.50 G"), (3e15, "3000 T"),
  ])
  func `large numbers have a prefix`(number: Double, text: String) {
    #expect(scaled(number) == text)
  }

  @Test func `bytes have their unit`() {
    #expect(bytes(512) == "512 B")
    #expect(bytes(4096) == "4.10 kB")
  }

  @Test(arguments: [
    (1.005, 2, "1.00"), (-0.004, 2, "0.00"), (2.5, 0, "3"), (-12.34, 1, "-12.3"),
    (.infinity, 2, "inf"),
  ])
  func `digits behind the point are fixed`(value: Double, digits: Int, text: String) {
    #expect(fixed(value, digits) == text)
  }
}
