import Foundation
import Glibc
import Synchronization

/// A program that runs beside a test; nothing blocks for it. It does not outlive this object.
final class SpawnedProcess: Sendable {
  private let identifier: pid_t
  private let output: String
  private let status = Mutex<Int32?>(nil)

  /// - Parameter arguments: the program's path first.
  init(_ arguments: [String], in folder: TemporaryFolder) throws {
    output = folder.file("printed-\(UUID().uuidString)")
    identifier = try BinaryRun.start(arguments, output: output, error: "\(output)-errors")
  }

  deinit {
    guard exitCode == nil else { return }
    kill(identifier, SIGKILL)
    _ = waitpid(identifier, nil, 0)
  }

  /// What it has printed so far.
  var printed: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

  /// Likewise on standard error.
  var remarks: String { (try? String(contentsOfFile: "\(output)-errors", encoding: .utf8)) ?? "" }

  /// nil while it runs; a signal is 128 and its number.
  var exitCode: Int32? {
    status.withLock { status in
      if status == nil {
        var word: Int32 = 0
        let found = unsafe waitpid(identifier, &word, WNOHANG)
        if found == identifier {
          let signal = word & 0x7f
          status = signal == 0 ? word >> 8 & 0xff : 128 + signal
        }
      }
      return status
    }
  }

  func send(signal: Int32) { kill(identifier, signal) }

  /// Waits until it has ended.
  func ended() async throws -> Int32 {
    while true {
      if let exitCode { return exitCode }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
