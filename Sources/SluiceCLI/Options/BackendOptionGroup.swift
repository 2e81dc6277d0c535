import ArgumentParser
import SluiceBackends

/// The options that say where a network runs.
struct BackendOptionGroup: ParsableArguments {
  @Option(help: "auto, cpu, opencl or reference.")
  var backend: BackendChoice = .auto

  @Option(
    help: ArgumentHelp(
      "Devices of the backend, as 'sluice devices' prints them: one number, several (0,1), all, or a "
        + "part of one's name. Streams are shared out among several; a number that is there twice means "
        + "two executables on that device.",
      valueName: "index,…|all|name-part"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "Copy each stream's states to the host after so many frames, to go on from there on the CPU if "
        + "the device fails; without it, only from states that the device still lets be read.",
      valueName: "frames"))
  var checkpointEvery: Int?

  @Option(
    help: "fp32 (every backend); bf16, fp16 or int8 (opencl).")
  var precision: PrecisionChoice = PrecisionChoice(.fp32)

  @Option(help: "Threads that one step may use.")
  var threads: Int = 1

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): expected a number from 1 to 1024.")
    }
    if let checkpointEvery, checkpointEvery < 1 {
      throw ValidationError("--checkpoint-every \(checkpointEvery): expected a number from 1.")
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
