import ArgumentParser
import Sluice

/// The options of commands that run a network over arrays.
struct RunOptionGroup: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Arrays in, .npy or .npz. Rank decides: an array of the input's rank is a whole sequence, one "
        + "more leading axis means one call per entry.",
      valueName: "[name=]file[:key]"))
  var input: [ArrayArgument]

  @Option(help: "sequence, stream or auto: stream if the network streams.")
  var mode: RunMode = .auto
}

extension RunMode: ExpressibleByArgument {}
