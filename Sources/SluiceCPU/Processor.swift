import FoundationEssentials
import Glibc

/// The processor as Linux describes it.
public struct Processor: Sendable, Hashable {
  /// The model's name.
  public var name: String
  /// Cores that run threads now, simultaneous threads counted apart.
  public var cores: Int
  /// Vector instruction sets, narrow to wide, by the kernel's names.
  public var vectorFeatures: [String]

  /// The one this program runs on.
  public static let current = Processor(
    description: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "",
    cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Those that make a difference to products and gates, on x86-64 and on arm64.
  private static let known = [
    "sse2", "sse4_2", "avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512vl",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16",
    "asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2",
  ]

  /// - Parameter description: the text of `/proc/cpuinfo`.
  init(description: String, cores: Int) {
    func value(_ key: String) -> Substring? {
      let line = description.split(separator: "\n").first { $0.hasPrefix(key) }
      return line?.split(separator: ":", maxSplits: 1).last?.drop { $0 == " " }
    }
    name = value("model name").map(String.init) ?? "processor without a model name"
    self.cores = max(cores, 1)
    let flags = Set((value("flags") ?? value("Features") ?? "").split(separator: " "))
    vectorFeatures = Self.known.filter { flags.contains($0[...]) }
  }
}
