import ArgumentParser
import Logging
import Sluice

/// `sluice serve`: models for many clients, until SIGTERM.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves models to many clients: Open Inference Protocol v2.",
    discussion: """
      A repository has a folder for each model and in it one for each version: NAME/1/model.onnx. \
      SIGTERM ends the server: streams may end by themselves, and are put into the store otherwise. \
      Example: sluice serve gru_model.onnx --http 8000 --max-streams 256
      """)

  @Argument(
    help: ArgumentHelp(
      "Model files (ONNX, safetensors, PyTorch), or folders with model.json; NAME= before one gives it "
        + "a name.",
      valueName: "[name=]model"),
    completion: .file())
  var models: [ModelArgument] = []

  @Option(help: ArgumentHelp("A folder of models.", valueName: "dir"))
  var repository: String?

  @OptionGroup var listening: ListenOptionGroup
  @OptionGroup var streams: ServingOptionGroup
  @OptionGroup var tracing: TraceOptionGroup
  @OptionGroup var target: BackendOptionGroup
  @OptionGroup var bindings: BindingOptionGroup

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: LogLevel = .info

  func validate() throws {
    if models.isEmpty, repository == nil {
      throw ValidationError("expected a model, or --repository.")
    }
    if Set(models.map(\.name)).count < models.count {
      throw ValidationError("two models have the same name; put NAME= before one.")
    }
  }

  func run() throws {
    try ServerRun(self).run()
  }
}

/// What `--log-level` takes.
enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
