import Foundation
import Testing

@testable import SluiceCLI

/// A `$ sluice …` line of README.md and the lines printed below it.
private struct ReadmeCommand: Sendable, CustomTestStringConvertible {
  /// Without `sluice`.
  var arguments: [String]
  var shown: [String]

  var testDescription: String { arguments.joined(separator: " ") }

  static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  static let all: [ReadmeCommand] = {
    let text = (try? String(contentsOfFile: "\(package)/README.md", encoding: .utf8)) ?? ""
    var commands: [ReadmeCommand] = []
    var isCommand = false
    var isOutput = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("    ") || line.isEmpty else {
        isOutput = false
        continue
      }
      let content = String(line.dropFirst(4))
      if isCommand || content.hasPrefix("$ sluice ") {
        let words = content.split(separator: " ").filter { !["$", "sluice", "\\"].contains($0) }
        if !isCommand { commands.append(ReadmeCommand(arguments: [], shown: [])) }
        commands[commands.count - 1].arguments += words.map(String.init)
        isCommand = content.hasSuffix("\\")
        isOutput = true
      } else if isOutput {
        commands[commands.count - 1].shown.append(content)
      }
    }
    return commands
  }()
}

@Suite("README.md shows commands that work")
struct ReadmeCommandTests {
  @Test func `there are some`() {
    #expect(
      Set(ReadmeCommand.all.map { $0.arguments[0] })
        == ["inspect", "run", "verify", "bench", "devices"])
  }

  /// Lines that hold times, or the machine's name, are left out.
  @Test(arguments: ReadmeCommand.all)
  fileprivate func `they print what is shown`(_ command: ReadmeCommand) throws {
    let folder = try TemporaryFolder()
    let run = CommandRun(
      command.arguments.map { argument in
        argument.hasPrefix("Examples/")
          ? "\(ReadmeCommand.package)/\(argument)"
          : argument == "out.npz" ? folder.file(argument) : argument
      })
    #expect(run.status == .done, "\(run.remarks)")
    let printed = run.result.map {
      $0.replacingOccurrences(of: "\(ReadmeCommand.package)/", with: "")
        .replacingOccurrences(of: "\(folder.path)/", with: "")
    }
    let omitted = ["...", "µs", "cpu", "reference", "auto takes", "backend", "opencl"]
    let lines = command.shown.filter { line in
      !line.isEmpty && !omitted.contains { line.contains($0) }
    }
    for line in lines { #expect(printed.contains(line), "\(printed.joined(separator: "\n"))") }
  }
}
