import Foundation
import Testing

@testable import SluiceCLI

/// A `$ sluice …` line of README.md and the lines printed below it.
struct ReadmeCommand: Sendable, CustomTestStringConvertible {
  /// The first word.
  var program = "sluice"
  /// The other words.
  var arguments: [String]
  var shown: [String]

  var testDescription: String { arguments.joined(separator: " ") }

  /// Those that `sluice` runs to their end.
  static let finite = all.filter { $0.program == "sluice" && $0.arguments[0] != "serve" }

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
      if isCommand || content.hasPrefix("$ ") {
        var words = content.split(separator: " ").filter { $0 != "$" && $0 != "\\" }.map(
          String.init)
        if !isCommand {
          commands.append(ReadmeCommand(program: words.removeFirst(), arguments: [], shown: []))
        }
        commands[commands.count - 1].arguments += words
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
      Set(ReadmeCommand.finite.map { $0.arguments[0] })
        == ["inspect", "run", "verify", "bench", "devices"])
  }

  /// Lines that hold times, or the machine's name, are left out.
  @Test(arguments: ReadmeCommand.finite)
  func `they print what is shown`(_ command: ReadmeCommand) throws {
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
