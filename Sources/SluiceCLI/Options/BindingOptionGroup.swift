import ArgumentParser
import Sluice
import SluiceGraph

/// The options that say about a network what its file does not.
struct BindingOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A number for a dimension symbol, or the value of an input that decides shapes.",
      valueName: "name=value"))
  var bind: [NameValue] = []

  @Option(
    name: .customLong("state"),
    help: ArgumentHelp("Input IN is the state that output OUT leaves.", valueName: "in=out"))
  var states: [NameValue] = []

  @Option(
    name: .customLong("time-axis"),
    help: ArgumentHelp("Which axis of an input is time.", valueName: "name=axis"))
  var timeAxes: [NameValue] = []

  @Flag(help: "Take every GRU as PyTorch means it, whatever the file says.")
  var gruResetAfter = false

  @Option(
    help: ArgumentHelp(
      "What folded constants, scratch and state may take.", valueName: "bytes"))
  var memoryLimit: Int = 4 << 30

  @Option(
    name: .customLong("allow-path"),
    help: ArgumentHelp("A folder outside the model's own that it may refer to.", valueName: "dir"))
  var allowedPaths: [String] = []

  func validate() throws {
    for (option, values) in [("--state", states), ("--time-axis", timeAxes), ("--bind", bind)] {
      var names = Set<String>()
      for value in values where !names.insert(value.name).inserted {
        throw ValidationError("\(option) names '\(value.name)' twice.")
      }
    }
    for value in timeAxes where Int(value.value) == nil {
      throw ValidationError(
        "--time-axis \(value.name)=\(value.value): expected a whole number after '='.")
    }
    for value in bind where IntegerList(value.value) == nil {
      throw ValidationError(
        "--bind \(value.name)=\(value.value): expected a whole number, or several with commas.")
    }
    guard memoryLimit > 0 else {
      throw ValidationError("--memory-limit \(memoryLimit): expected a number of bytes above 0.")
    }
  }
}
