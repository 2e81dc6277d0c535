import Foundation
import Glibc

/// A `sluice serve` as a process of its own, on free ports.
struct ServerProcess {
  private let process: SpawnedProcess
  private let folder: TemporaryFolder
  /// Of HTTP.
  let port: Int
  let portOfGRPC: Int

  struct NotListening: Error { var remarks: String }

  /// Returns when it listens.
  init(_ arguments: [String], in folder: TemporaryFolder) async throws {
    self.folder = folder
    let ports = ["--http", "0", "--grpc", "0"]
    process = try SpawnedProcess(
      [BinaryRun.path ?? "sluice", "serve"] + arguments + ports, in: folder)
    while true {
      let printed = process.printed
      if let port = ServerProcess.port(of: "http", in: printed),
        let portOfGRPC = ServerProcess.port(of: "grpc", in: printed)
      {
        (self.port, self.portOfGRPC) = (port, portOfGRPC)
        return
      }
      guard process.exitCode == nil else { throw NotListening(remarks: process.remarks) }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Once the whole of the line that names it is there.
  private static func port(of spoken: String, in printed: String) -> Int? {
    guard printed.hasSuffix("\n"),
      let line = printed.split(separator: "\n").first(where: { $0.contains("\(spoken)://") })
    else { return nil }
    return line.split(separator: ":").last.flatMap { Int($0) }
  }

  /// Asks it to end.
  ///
  /// - Returns: its exit code.
  func end() async throws -> Int32 {
    process.send(signal: SIGTERM)
    return try await process.ended()
  }

  func curl(_ arguments: [String]) async throws -> String {
    try await run(ServerProcess.curl ?? "curl", arguments)
  }

  /// What a program prints that is given its ports in place of 8000 and 8001.
  func run(_ program: String, _ arguments: [String]) async throws -> String {
    let arguments = arguments.map {
      $0.replacingOccurrences(of: "localhost:8000", with: "127.0.0.1:\(port)")
        .replacingOccurrences(of: "localhost:8001", with: "127.0.0.1:\(portOfGRPC)")
    }
    let client = try SpawnedProcess([program] + arguments, in: folder)
    _ = try await client.ended()
    return client.printed
  }

  /// nil if there is none.
  static let curl = ["/usr/bin/curl", "/bin/curl", "/usr/local/bin/curl"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}
