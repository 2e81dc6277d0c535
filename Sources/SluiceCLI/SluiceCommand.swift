import ArgumentParser
import Glibc

/// The `sluice` command: everything is in its subcommands.
@main
struct SluiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice",
    abstract: "Runs trained recurrent networks on live streams.",
    discussion: """
      Exit codes: 0 done, 1 the comparison or check failed, 2 wrong usage, \
      3 the model or input is refused, 4 the device failed.
      """,
    subcommands: [
      InspectCommand.self, RunCommand.self, VerifyCommand.self, BenchCommand.self,
      DevicesCommand.self, DoctorCommand.self, TuneCommand.self, ServeCommand.self,
    ])

  static func main() {
    Glibc.exit(status(of: Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// Runs one command line, with everything it prints going to `Console.current`.
  static func status(of arguments: [String]) -> ExitStatus {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      return .done
    } catch {
      return report(error)
    }
  }

  /// Prints what stopped a command and decides its exit status. A request for help is no error: its
  /// text is the result.
  private static func report(_ error: any Error) -> ExitStatus {
    let console = Console.current
    if let status = ExitStatus(of: error) {
      for line in errorLines(error) { console.remark(line) }
      return status
    }
    let text = fullMessage(for: error)
    if exitCode(for: error).isSuccess {
      console.result(text)
      return .done
    }
    console.remark(text.replacingPrefix("Error: ", with: "sluice: error: "))
    return .wrongUsage
  }
}

extension String {
  /// The text with `prefix`, where it begins so, exchanged for `replacement`.
  fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
    hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
  }
}
