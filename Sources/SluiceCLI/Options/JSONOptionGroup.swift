import ArgumentParser
import FoundationEssentials
import SluiceFormats

/// `--json FILE`; `-` is standard output.
struct JSONOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write the result as JSON; '-' writes it to standard output in place of the text.",
      valueName: "file"))
  var json: String?

  /// Whether the file that `--json` names can be written; before the work whose result goes there.
  func check() throws {
    guard let json, json != "-" else { return }
    try AtomicFile.check(json)
  }

  /// Writes what is known so far where `--json` names a file, so that a run that ends early leaves it.
  func keep(_ value: some Encodable) throws {
    guard let json, json != "-" else { return }
    try AtomicFile.write(try SluiceCLI.json(value) + "\n", to: json)
  }

  /// Prints `lines`, or writes `value` where `--json` says, or both.
  func report(_ value: some Encodable, _ lines: [String]) throws {
    if json != "-" { for line in lines { Console.current.result(line) } }
    guard let json else { return }
    let text = try SluiceCLI.json(value)
    if json == "-" {
      Console.current.result(text)
    } else {
      try AtomicFile.write(text + "\n", to: json)
    }
  }
}

/// A value as indented JSON with its keys in alphabetical order.
func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
