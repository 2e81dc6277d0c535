import Foundation
import SluiceTestSupport

/// libsluice.so, linked from what this build of the package compiled.
enum LinkedLibrary {
  /// Whether the tests run under a sanitizer, whose runtime is not linked into the library.
  static let isSanitized =
    unsafe dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil

  /// Where SwiftPM put what it built: the folder of the tests' own executable.
  private static let build: String =
    ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ".build/x")
    .split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")

  /// Holds the library, its header, and programs that use them.
  static let folder = build + "/library"

  /// What linking it came to; linked at the first look.
  static let linked = run([PackageFolder.file("Scripts/library"), "--from", build, folder])

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a program to its end and gives what it prints.
  ///
  /// - Parameter input: a file to be its standard input.
  static func run(_ words: [String], input: String? = nil) -> Result<String, Failure> {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    if let input { process.standardInput = FileHandle(forReadingAtPath: input) }
    do { try process.run() } catch { return .failure(Failure(description: "\(words): \(error)")) }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let status = process.terminationStatus
    guard status == 0 else {
      return .failure(Failure(description: "\(words) ended with \(status): \(text.prefix(2000))"))
    }
    return .success(text)
  }
}
