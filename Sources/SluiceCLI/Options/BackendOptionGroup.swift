import ArgumentParser
import SluiceBackends

/// The options that say where a network runs.
struct BackendOptionGroup: ParsableArguments {
  @Option(help: "auto, cpu, opencl or reference.")
  var backend: BackendChoice = .auto

  @Option(
    help: ArgumentHelp(
      "One device of the backend: its number or a part of its name, as 'sluice devices' prints them.",
      valueName: "index|name-part"))
  var device: String?

  @Option(
    help: "fp32 (reference, cpu, opencl), bf16 (cpu, opencl), fp16 (opencl) or int8 (cpu, opencl).")
  var precision: PrecisionChoice = PrecisionChoice(.fp32)

  @Option(help: "Threads that one step may use.")
  var threads: Int = 1

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): expected a number from 1 to 1024.")
    }
  }
}

/// What `--backend` takes.
enum BackendChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
  case auto, cpu, opencl, reference
}

/// What `--precision` takes.
struct PrecisionChoice: ExpressibleByArgument, Sendable {
  var precision: Precision

  init(_ precision: Precision) { self.precision = precision }

  init?(argument: String) {
    guard let precision = Precision(rawValue: argument) else { return nil }
    self.precision = precision
  }

  var defaultValueDescription: String { precision.rawValue }

  static var allValueStrings: [String] { Precision.allCases.map(\.rawValue) }
}
