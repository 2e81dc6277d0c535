import ArgumentParser
import Sluice

/// `sluice inspect`: what a network is and what it would take to run it.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Prints a network's layers, parameters, state, work, and how it streams.",
    discussion: """
      For weights without a graph it prints the model.json it would take. \
      Example: sluice inspect gru_model.onnx --stage step
      """)

  @OptionGroup var network: NetworkOptionGroup
  @OptionGroup var target: BackendOptionGroup
  @OptionGroup var output: JSONOptionGroup

  @Option(help: "Print the network at one stage: graph, step, sequence, plan or executable.")
  var stage: Stage?

  func run() throws {
    try output.check()
    try checkOneDevice(target.device, of: "inspect")
    let kind = try ModelFile.kind(path: network.model)
    if kind == .safetensors || kind == .pytorch {
      return Console.current.result(try ModelFile.proposal(forTensorsIn: network.model))
    }
    let model = try network.load()
    if let stage {
      let listing = try StageListing(stage, of: model, on: target)
      return try output.report(listing, listing.lines)
    }
    var inspection = try Inspection(model)
    if target.backend == .auto, inspection.streaming != nil {
      let decision = try target.resolved(for: model.stepGraph().program, streams: 1).decision
      inspection.backend = "auto takes \(decision)"
    }
    try output.report(inspection, inspection.lines)
  }
}

/// What `--stage` takes: DESIGN.md section 1.
enum Stage: String, CaseIterable, ExpressibleByArgument, Encodable, Sendable {
  case graph, step, sequence, plan, executable
}
