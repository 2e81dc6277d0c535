import Testing

@testable import SluiceCLI

@Suite("Wrong usage ends with exit code 2 and one sentence on standard error")
struct UsageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var error: String
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let cases: [Case] = [
    Case(arguments: ["inspect"], error: "Missing expected argument '<model>'"),
    Case(arguments: ["train"], error: "Unexpected argument 'train'"),
    Case(
      arguments: ["inspect", "m.onnx", "--backend", "gpu"],
      error: "The value 'gpu' is invalid for '--backend <backend>'. "
        + "Please provide one of 'auto', 'cpu', 'opencl' or 'reference'."),
    Case(
      arguments: ["inspect", "m.onnx", "--backend", "opencl", "--device", "0,1"],
      error: "--device 0,1: inspect takes one device; name it by its number or its name"),
    Case(
      arguments: ["bench", "--gru", "4,4", "--device", "all"],
      error: "--device all: bench takes one device; name it by its number or its name"),
    Case(
      arguments: ["bench", "--gru", "4,4", "--backend", "opencl", "--device", "0,0"],
      error: "--device 0,0: bench takes one device; name it by its number or its name"),
    Case(
      arguments: ["tune", "--device", "1,2"],
      error: "--device 1,2: tune takes one device; name it by its number or its name"),
    Case(
      arguments: ["inspect", "m.onnx", "--precision", "fp8"],
      error: "The value 'fp8' is invalid for '--precision <precision>'. "
        + "Please provide one of 'fp32', 'bf16', 'fp16' or 'int8'."),
    Case(
      arguments: ["inspect", "m.onnx", "--threads", "0"],
      error: "--threads 0: expected a number from 1 to 1024."),
    Case(
      arguments: ["inspect", "m.onnx", "--time-axis", "x=last"],
      error: "--time-axis x=last: expected a whole number after '='."),
    Case(
      arguments: ["inspect", "m.onnx", "--bind", "rate=16k"],
      error: "--bind rate=16k: expected a whole number, or several with commas."),
    Case(
      arguments: ["inspect", "m.onnx", "--state", "h=a", "--state", "h=b"],
      error: "--state names 'h' twice."),
    Case(
      arguments: ["inspect", "m.onnx", "--memory-limit", "0"],
      error: "--memory-limit 0: expected a number of bytes above 0."),
  ]

  @Test(arguments: cases)
  func `the first line says what is wrong`(_ example: Case) throws {
    let run = CommandRun(example.arguments)
    #expect(run.status == .wrongUsage)
    #expect(run.result.isEmpty)
    let first = try #require(run.remarks.first?.split(separator: "\n").first)
    #expect(first == "sluice: error: \(example.error)")
  }

  @Test(arguments: [["--help"], ["help", "run"], ["inspect", "--help"]])
  func `help is a result and no error`(_ arguments: [String]) {
    let run = CommandRun(arguments)
    #expect(run.status == .done)
    #expect(run.remarks.isEmpty)
    #expect(run.result.joined().contains("USAGE: sluice"))
  }
}
