import Glibc
import SluiceCPU

/// The machine that figures were measured on.
struct Machine: Encodable {
  var processor: String
  var cores: Int
  var vectorFeatures: [String]
  /// The operating system's kernel and its release.
  var system: String

  private enum CodingKeys: String, CodingKey {
    case processor, cores, system
    case vectorFeatures = "vector_features"
  }

  static var current: Machine {
    let processor = Processor.current
    var names = utsname()
    _ = unsafe uname(&names)
    let system = unsafe withUnsafeBytes(of: &names.sysname) { unsafe text($0) }
    let release = unsafe withUnsafeBytes(of: &names.release) { unsafe text($0) }
    return Machine(
      processor: processor.name, cores: processor.cores,
      vectorFeatures: processor.vectorFeatures, system: "\(system) \(release)")
  }

  private static func text(_ field: UnsafeRawBufferPointer) -> String {
    unsafe String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// What `git describe` says of the checkout that the running binary lies in, with `-dirty` behind
  /// it where files differ from the commit.
  static var commit: String? {
    let path = CommandLine.arguments.first ?? "sluice"
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let quoted = folder.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: #"'\''"#)
    let describe = "describe --always --dirty --abbrev=12 --exclude '*'"
    guard let pipe = unsafe popen("git -C '\(quoted)' \(describe) 2>/dev/null", "r") else {
      return nil
    }
    defer { unsafe pclose(pipe) }
    var line = [UInt8](repeating: 0, count: 64)
    let count = unsafe line.withUnsafeMutableBytes { buffer in
      unsafe fread(buffer.baseAddress, 1, buffer.count, pipe)
    }
    let text = String(
      decoding: line.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return text.isEmpty ? nil : text
  }
}
