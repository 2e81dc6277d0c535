import Foundation
import Glibc

/// One run of the built `sluice`, as a process of its own.
struct BinaryRun {
  let exitCode: Int32
  let standardOutput: String
  let standardError: String
  /// Of processor time.
  let seconds: Double
  /// The executable beside the one that runs the tests; nil if it was not built.
  static let path: String? = {
    guard let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return nil }
    let binary = URL(filePath: tests).deletingLastPathComponent().appending(path: "sluice").path
    return FileManager.default.isExecutableFile(atPath: binary) ? binary : nil
  }()

  /// Runs to the end; a signal is the exit code 128 and its number.
  ///
  /// - Parameters:
  ///   - addressSpace: bytes that the process may map; beyond them an allocation fails, and with it
  ///     the process. (What `wait4` says of a child's memory begins with that of its parent.)
  ///   - variables: of its environment, beside those of this process; values without `'`.
  init(
    _ arguments: [String], in folder: TemporaryFolder, addressSpace: Int? = nil,
    variables: [String: String] = [:]
  ) throws {
    let output = folder.file("standard-output")
    let error = folder.file("standard-error")
    // OpenBLAS would try for ever to get buffers for its threads, and Swift's backtracer to start.
    let limit =
      addressSpace.map {
        "export OPENBLAS_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no; "
          + "ulimit -t 3; ulimit -v \($0 / 1024); "
      } ?? ""
    let exports = variables.map { "export \($0.key)='\($0.value)'; " }.joined()
    let command = exports + limit + "exec \"$0\" \"$@\""
    let shell = ["/bin/sh", "-c", command, BinaryRun.path ?? "sluice"]
    let process = try BinaryRun.start(shell + arguments, output: output, error: error)
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    seconds = [usage.ru_utime, usage.ru_stime].reduce(0) { sum, time in
      sum + Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }
    let signal = status & 0x7f
    exitCode = signal == 0 ? status >> 8 & 0xff : 128 + signal
    standardOutput = try String(contentsOfFile: output, encoding: .utf8)
    standardError = try String(contentsOfFile: error, encoding: .utf8)
  }

  static func start(
    _ arguments: [String], output: String, error: String
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error, flags, 0o600)
    let strings = unsafe arguments.map { unsafe strdup($0) }
    defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
    var process: pid_t = 0
    let failure = unsafe posix_spawn(
      &process, arguments[0], &actions, nil, strings + [nil], environ)
    guard failure == 0 else { throw POSIXError(POSIXError.Code(rawValue: failure) ?? .EIO) }
    return process
  }
}
