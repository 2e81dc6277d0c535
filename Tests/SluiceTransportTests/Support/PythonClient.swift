import Foundation
import SluiceTestSupport

/// Clients in Python, which tests drive as programs of their own.
enum PythonClient {
  static let folder = "Tests/SluiceTransportTests/Clients"

  struct Run {
    var status: Int32
    /// Output and errors.
    var text: String
  }

  /// The interpreter that has the packages of `Clients/requirements.txt`; nil, and a line that says why, if it
  /// cannot be had.
  static func interpreter() async throws -> String? {
    let made = try await run("Scripts/venv", ["\(folder)/requirements.txt"])
    if made.status == 0 { return made.text.split(separator: "\n").last.map(String.init) }
    print("skipped: no Python with the packages of \(folder)/requirements.txt: \(made.text)")
    return nil
  }

  /// Runs a program in the package's folder.
  static func run(_ program: String, _ arguments: [String]) async throws -> Run {
    let package = URL(filePath: PackageFolder.path, directoryHint: .isDirectory)
    let process = Process()
    process.executableURL = URL(filePath: program, relativeTo: package)
    process.currentDirectoryURL = package
    process.arguments = arguments
    let output = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).txt")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    let handle = try FileHandle(forWritingTo: output)
    (process.standardOutput, process.standardError) = (handle, handle)
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Run(status: status, text: try String(contentsOf: output, encoding: .utf8))
  }
}
