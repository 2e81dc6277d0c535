import Synchronization

@testable import SluiceCLI

/// One command line, run inside the test's process, and what it printed.
struct CommandRun {
  let status: ExitStatus
  /// Pieces of standard output.
  let result: [String]
  /// Lines of standard error.
  let remarks: [String]

  init(_ arguments: String...) { self.init(arguments) }

  init(_ arguments: [String]) {
    let printed = Printed()
    let console = Console(
      result: { text in printed.result.withLock { $0.append(text) } },
      remark: { text in printed.remarks.withLock { $0.append(text) } })
    status = Console.$current.withValue(console) { SluiceCommand.status(of: arguments) }
    result = printed.result.withLock { $0 }
    remarks = printed.remarks.withLock { $0 }
  }

  private final class Printed: Sendable {
    let result = Mutex<[String]>([])
    let remarks = Mutex<[String]>([])
  }
}
