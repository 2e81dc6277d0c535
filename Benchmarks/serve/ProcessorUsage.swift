import Foundation
import Glibc

/// Processors that were busy for a time, on average.
struct BusyProcessors {
  let generator: Double
  let server: Double?
  /// That a hypervisor gave to others.
  let stolen: Double
}

/// Processor time that the generator and the server had used at a moment.
struct ProcessorUsage {
  private let servers: [Int32]
  private let time = monotonicNanoseconds()
  private let ownSeconds: Double
  private let serverSeconds: Double?
  private let stolenSeconds = ProcessorUsage.stolen

  init(_ servers: [Int32]) {
    self.servers = servers
    var used = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    ownSeconds = Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
    let ofServers = servers.compactMap(ProcessorUsage.seconds)
    serverSeconds = ofServers.isEmpty ? nil : ofServers.reduce(0, +)
  }

  func sinceThen() -> BusyProcessors {
    let now = ProcessorUsage(servers)
    let seconds = Double(now.time - time) / 1e9
    let ofServer = now.serverSeconds.flatMap { end in
      serverSeconds.map { (end - $0) / seconds }
    }
    return BusyProcessors(
      generator: (now.ownSeconds - ownSeconds) / seconds, server: ofServer,
      stolen: (now.stolenSeconds - stolenSeconds) / seconds)
  }

  /// Of all processors (proc(5), the first line of `/proc/stat`); 0 where it is not told.
  private static var stolen: Double {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    let fields = text.prefix { $0 != "\n" }.split(separator: " ")
    return fields.count > 8 ? (Double(fields[8]) ?? 0) / ticksPerSecond : 0
  }

  private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

  /// User and system time of a process with its children that ended (proc(5), `stat`).
  private static func seconds(of process: Int32) -> Double? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let name = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[name...].split(separator: " ")
    guard fields.count > 15 else { return nil }
    let ticks = fields[12...15].compactMap { Double($0) }.reduce(0, +)
    return ticks / ticksPerSecond
  }
}
