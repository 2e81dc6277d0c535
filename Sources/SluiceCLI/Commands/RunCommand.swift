import ArgumentParser
import Sluice

/// `sluice run`: arrays in, arrays out.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a network over arrays, and prints how and how fast.",
    discussion: """
      Final states come out under their output names. \
      Example: sluice run gru_model.onnx --input clip.npy --output out.npz
      """)

  @OptionGroup var network: NetworkOptionGroup
  @OptionGroup var target: BackendOptionGroup
  @OptionGroup var arrays: RunOptionGroup
  @OptionGroup var report: JSONOptionGroup

  @Option(
    help: ArgumentHelp("Where the arrays go; written whole or not at all.", valueName: "file.npz"))
  var output: String

  func run() throws {
    try AtomicFile.check(output)
    try report.check()
    let model = try network.load()
    let inputs = try RunInputs(arrays.input, of: model)
    let result = try model.run(inputs.arrays, mode: arrays.mode, options: target.engineOptions)
    try NPZFile.write(
      result.results.map { NPZFile.Entry($0.name, $0.tensor) }, path: output)
    let summary = RunSummary(result, model: model)
    try report.report(summary, summary.lines + ["wrote \(output)"])
  }
}
