import Glibc
import SluiceFormats
import SluiceTestSupport
import Testing

/// Damages a valid file in many ways and checks that its reader either reads it or refuses it with a
/// `FormatError`, quickly and in little memory.
enum HostileFiles {
  /// Seconds of processor time a reader may take to refuse a file.
  static let timeLimit = 1.0
  /// Bytes a reader may take to refuse a file.
  static let memoryLimit = 200 << 20

  /// Every prefix of a small file, evenly spread ones of a long one.
  static func truncations(of bytes: [UInt8], count: Int = 400) -> [[UInt8]] {
    let step = max(1, bytes.count / count)
    return stride(from: 0, to: bytes.count, by: step).map { Array(bytes[..<$0]) }
  }

  /// Copies with one to four bits turned over, at places drawn with `seed`.
  static func flips(of bytes: [UInt8], count: Int = 400, seed: UInt64) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      var copy = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<copy.count, using: &random)
        copy[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      return copy
    }
  }

  /// Runs `read`; a thrown `FormatError` is returned, any other error fails the test, and so do time
  /// and memory beyond the limits.
  @discardableResult
  static func outcome(_ label: String, _ read: () throws -> Void) -> FormatError? {
    let memory = peakMemory()
    let start = processorTime()
    defer {
      let time = processorTime() - start
      #expect(time < timeLimit, "\(label) took \(time) s")
      #expect(peakMemory() - memory < memoryLimit, "\(label) took too much memory")
    }
    do {
      try read()
      return nil
    } catch let error as FormatError {
      return error
    } catch {
      Issue.record("\(label): \(error) is no FormatError")
      return nil
    }
  }

  /// Seconds this thread has computed.
  private static func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The most memory the process has held, in bytes.
  private static func peakMemory() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }
}
