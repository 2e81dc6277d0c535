import ArgumentParser
import Foundation

/// A load of live streams for a server, from a process of its own.
@main struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-load",
    abstract: "Opens streams over WebSockets or gRPC, sends frames, prints latencies.",
    discussion: """
      Frames are sent at their times whether earlier ones were answered or not, and latency is counted \
      from the scheduled time, so that no wait is hidden. \
      Example: sluice-load ws://127.0.0.1:8000/v2/models/pose/stream --streams 1000 --rate 25
      """)

  @Argument(help: "ws://HOST:PORT/v2/models/MODEL/stream or grpc://HOST:PORT/MODEL")
  var address: String

  @Option var streams = 100
  @Option(help: "Frames a second of each stream.") var rate = 25.0
  @Option(help: "Seconds that are recorded.") var seconds = 10.0
  @Option(help: "Seconds before that.") var warmUp = 2.0
  @Option(help: "Connections that share the streams.") var connections = 16
  @Option(
    name: .customLong("server"),
    help: "A process number of the server, once for each: their processor time is printed.")
  var processes: [Int32] = []
  @Flag(help: "One object instead of lines.") var json = false

  func validate() throws {
    guard streams > 0, connections > 0, rate > 0, seconds > 0, warmUp >= 0 else {
      throw ValidationError("streams, connections, rate and seconds: expected numbers above 0.")
    }
  }

  func run() throws {
    guard let server = ServerAddress(address) else {
      throw ValidationError("\(address): expected ws://HOST:PORT/PATH or grpc://HOST:PORT/MODEL.")
    }
    let plan = LoadPlan(
      streams: streams, rate: rate, seconds: seconds, warmUp: warmUp, connections: connections,
      servers: processes)
    let result = try StreamLoad(plan, server).run()
    if json {
      print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    } else {
      for line in result.lines { print(line) }
    }
  }
}
