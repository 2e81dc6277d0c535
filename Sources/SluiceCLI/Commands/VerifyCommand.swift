import ArgumentParser
import Sluice

/// `sluice verify`: a run held against expected values.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares a run with expected arrays, or with the reference backend.",
    discussion: """
      Passes if |y-e| <= A + R*|e| + S*max|e| everywhere, else exit code 1. Files laid out as \
      x. y. s0. s. slast. c. meta are taken as they are. \
      Example: sluice verify gtcrn.onnx --input ref_gtcrn_speech50.npz --scaled 5e-5
      """)

  @OptionGroup var network: NetworkOptionGroup
  @OptionGroup var target: BackendOptionGroup
  @OptionGroup var arrays: RunOptionGroup
  @OptionGroup var report: JSONOptionGroup

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "What the outputs must be; without it, what the reference backend gives.",
      valueName: "[name=]file[:key]"))
  var expected: [ArrayArgument] = []

  @Option(help: ArgumentHelp("A.", valueName: "A"))
  var atol: Double?

  @Option(help: ArgumentHelp("R.", valueName: "R"))
  var rtol: Double?

  @Option(
    help: ArgumentHelp(
      "S; if none of the three is given, 5e-5 at fp32, 1/64 at fp16, 1/8 at bf16, 0.126 at int8.",
      valueName: "S"))
  var scaled: Double?

  @Option(
    help: ArgumentHelp(
      "Name the first node that diverges from the reference, and write every node's difference there.",
      valueName: "file.json"))
  var trace: String?

  func validate() throws {
    for (option, value) in [("--atol", atol), ("--rtol", rtol), ("--scaled", scaled)] {
      guard let value, !(value >= 0 && value.isFinite) else { continue }
      throw ValidationError("\(option) \(value): expected a number from 0.")
    }
  }

  private var tolerance: Tolerance {
    if atol == nil, rtol == nil, scaled == nil {
      return Tolerance(standardAt: target.precision.precision)
    }
    return Tolerance(absolute: atol ?? 0, relative: rtol ?? 0, scaled: scaled ?? 0)
  }

  func run() throws {
    try report.check()
    if let trace { try AtomicFile.check(trace) }
    let model = try network.load()
    let inputs = try RunInputs(arrays.input, of: model)
    let result = try model.run(inputs.arrays, mode: arrays.mode, options: target.engineOptions)
    let verification = try Verification(
      result, of: model, expected: expectation(model, inputs, mode: result.mode),
      tolerance: tolerance)
    try report.report(verification, verification.lines)
    if let trace { try write(trace, model, inputs, mode: result.mode) }
    guard verification.passed else { throw verification.failure }
  }

  private func expectation(
    _ model: Model, _ inputs: RunInputs, mode: RunMode
  ) throws -> Expectation {
    if !expected.isEmpty { return try Expectation(expected, of: model) }
    if let reference = inputs.reference { return try Expectation(reference) }
    var options = target.engineOptions
    options.backend = .reference
    options.device = nil
    options.precision = .fp32
    let result = try model.run(inputs.arrays, mode: mode, options: options)
    return Expectation(
      arrays: Dictionary(uniqueKeysWithValues: result.results.map { ($0.name, $0.tensor) }),
      source: "\(result.backend.backend) backend")
  }

  private func write(
    _ path: String, _ model: Model, _ inputs: RunInputs, mode: RunMode
  ) throws {
    let trace = try Trace.report(
      model, inputs.arrays, mode: mode, on: target, tolerance: tolerance)
    try AtomicFile.write(try json(trace) + "\n", to: path)
    Console.current.remark("trace: \(trace.summary)")
  }
}
