import Foundation
import SluiceTestSupport
import Testing

@testable import SluiceCLI

@Suite("sluice serve", .timeLimit(.minutes(10)))
struct ServeTests {
  private static let model = PackageFolder.file("Examples/video-actions/video-actions.onnx")

  /// Nobody has to be asked whether there are `sluice` and `curl`.
  private static var canRun: Bool {
    if BinaryRun.path != nil, ServerProcess.curl != nil { return true }
    print("skipped: \(BinaryRun.path == nil ? "sluice was not built" : "there is no curl")")
    return false
  }

  @Test func `what contradicts itself is wrong usage`() {
    for arguments in [
      [], [ServeTests.model, ServeTests.model], [ServeTests.model, "--host", "0.0.0.0"],
      [ServeTests.model, "--host", "127.evil.example"], [ServeTests.model, "--http", "65536"],
      [ServeTests.model, "--durability", "every-frame"],
      [ServeTests.model, "--state-store", "a", "--durability", "never"],
      [ServeTests.model, "--idle-timeout", "soon"], [ServeTests.model, "--max-streams", "0"],
      [ServeTests.model, "--log-level", "loud"], [ServeTests.model, "--tls-cert", "a"],
      [ServeTests.model, "--tls-key", "a"], [ServeTests.model, "--tls-client-ca", "a"],
      [ServeTests.model, "--trace-sample", "0.5"],
      [ServeTests.model, "--trace", "a", "--trace-sample", "1.5"],
      [ServeTests.model, "--trace", "a", "--trace-sample", "nan"],
    ] {
      let run = CommandRun(["serve"] + arguments)
      #expect(run.status == .wrongUsage, "\(arguments): \(run.remarks)")
    }
  }

  @Test func `models and tokens that are none are refused`() throws {
    let folder = try TemporaryFolder()
    try "short".write(toFile: folder.file("tokens"), atomically: true, encoding: .utf8)
    for arguments in [
      [folder.file("nothing.onnx")], [ServeTests.model, "--token-file", folder.file("nothing")],
      [ServeTests.model, "--token-file", folder.file("tokens")],
      [ServeTests.model, "--state-store", "/nowhere/at/all"],
      [ServeTests.model, "--trace", "/nowhere/at/all"], [ServeTests.model, "--trace", folder.path],
      [ServeTests.model, "--tls-cert", folder.file("tokens"), "--tls-key", folder.file("tokens")],
    ] {
      let run = CommandRun(["serve"] + arguments + ["--backend", "cpu", "--http", "0"])
      #expect(run.status == .refused, "\(arguments): \(run.remarks)")
    }
  }

  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("30", .seconds(30)), ("1.5s", .milliseconds(1500)),
    ("5m", .seconds(300)), ("2h", .seconds(7200)),
  ])
  func `times have units`(_ text: String, _ duration: Duration) {
    #expect(DurationArgument(argument: text)?.duration == duration)
  }

  @Test(arguments: ["", "s", "-1s", "1d", "1e3", "1 s", "9999999999"])
  func `what is no time is none`(_ text: String) {
    #expect(DurationArgument(argument: text) == nil)
  }

  @Test func `models are called as their files are, or as they are told`() {
    #expect(ModelArgument(argument: "a/b/net.v2.onnx")?.name == "net.v2")
    #expect(ModelArgument(argument: "a/folder/")?.name == "folder")
    #expect(ModelArgument(argument: "pose=a/b.onnx")?.name == "pose")
    #expect(ModelArgument(argument: "pose=a/b.onnx")?.path == "a/b.onnx")
    #expect(ModelArgument(argument: "=a") == nil)
  }

  @Test func `it serves until it is told to end, and then ends well`() async throws {
    guard ServeTests.canRun else { return }
    let server = try await ServerProcess(
      [ServeTests.model, "--backend", "cpu"], in: try TemporaryFolder())
    let ready = try await server.curl(["-s", "localhost:8000/v2/models/video-actions/ready"])
    #expect(ready == #"{"name":"video-actions","ready":true}"#)
    #expect(try await server.end() == 0)
  }

  @Test func `a stream goes on after a restart from the frame where it was`() async throws {
    guard ServeTests.canRun else { return }
    let folder = try TemporaryFolder()
    let zeros = Array(repeating: "0", count: 32 * 32).joined(separator: ",")
    func body(_ starts: Bool) throws -> [String] {
      let path = folder.file("body.json")
      try #"""
      {"parameters":{"sequence_id":"camera","sequence_start":\#(starts)},
       "inputs":[{"name":"frames","shape":[1,1,1,32,32],"datatype":"FP32","data":[\#(zeros)]}]}
      """#.write(toFile: path, atomically: true, encoding: .utf8)
      return ["-s", "localhost:8000/v2/models/actions/infer", "--data-binary", "@\(path)"]
    }
    for frame in 1...3 {
      let server = try await ServerProcess(
        [
          "actions=\(ServeTests.model)", "--backend", "cpu", "--state-store",
          folder.file("states"), "--drain-timeout", "4s",
        ], in: folder)
      let answer = try await server.curl(try body(frame == 1))
      #expect(answer.contains(#""sequence_frames":\#(frame)"#), "\(answer.prefix(300))")
      #expect(answer.contains(#""sequence_restored":true"#) == (frame > 1))
      #expect(try await server.end() == 0)
    }
  }

  @Test func `its traces are in the file when it has ended, and those of clients among them`()
    async throws
  {
    guard ServeTests.canRun else { return }
    let folder = try TemporaryFolder()
    let file = folder.file("spans.jsonl")
    try #"{"inputs":[]}"#.write(
      toFile: folder.file("body.json"), atomically: true, encoding: .utf8)
    let trace = "0af7651916cd43dd8448eb211c80319c"
    for (number, sample) in ["1", "0"].enumerated() {
      let server = try await ServerProcess(
        [
          "actions=\(ServeTests.model)", "--backend", "cpu", "--trace", file, "--trace-sample",
          sample,
        ],
        in: folder)
      for header in ["a: b", "traceparent: 00-\(trace)-b7ad6b7169203331-01"] {
        _ = try await server.curl([
          "-s", "localhost:8000/v2/models/actions/infer", "-H", header, "--data-binary",
          "@\(folder.file("body.json"))",
        ])
      }
      #expect(try await server.end() == 0)
      // Without a parent none is kept by the second.
      let spans = try SpanLine.all(file).filter { $0.kind == 2 }
      let parents = spans.map(\.parentSpanId)
      let child: String? = "b7ad6b7169203331"
      #expect(parents == (number == 0 ? [nil, child] : [nil, child, child]))
      #expect(spans.allSatisfy { $0.name == "infer actions" && $0.text("error.type") == "refused" })
      #expect(spans.last?.traceId == trace)
    }
  }

  /// Those around `sluice serve`, in their order, on a free port.
  @Test func `what README.md shows of it works`() async throws {
    guard ServeTests.canRun else { return }
    let commands = ReadmeCommand.all
    let serve = try #require(commands.first { $0.arguments.first == "serve" })
    let models = serve.arguments.dropFirst().map {
      $0.hasPrefix("Examples/") ? PackageFolder.file($0) : $0
    }
    let ports = try #require(models.firstIndex(of: "--http"))
    #expect(models[(ports + 2)] == "--grpc")
    let server = try await ServerProcess(
      Array(models[..<ports] + models[(ports + 4)...]), in: try TemporaryFolder())
    for command in commands where command.program == "curl" {
      let printed = try await server.curl(command.arguments)
      for line in command.shown where !line.isEmpty { #expect(printed == line) }
    }
    let script = try #require(commands.first { $0.program.hasSuffix("infer.sh") })
    let answers = try await server.run(PackageFolder.file(script.program), script.arguments)
      .split(separator: "\n")
    #expect(answers.count == 2)
    for (index, answer) in answers.enumerated() {
      #expect(
        answer.contains(#""sequence_id":"black","sequence_frames":\#(index + 1)"#), "\(answer)")
    }
    if let python = try await ServeTests.python() {
      for command in commands where command.program == "python" {
        let arguments = command.arguments.map {
          $0.hasPrefix("Examples/") ? PackageFolder.file($0) : $0
        }
        let printed = try await server.run(python, arguments).split(separator: "\n")
        for line in command.shown where !line.isEmpty && line != "..." {
          #expect(printed.contains { $0 == line }, "\(printed)")
        }
      }
    }
    #expect(try await server.end() == 0)
  }

  /// One that has Triton's client; nil where it cannot be got.
  private static func python() async throws -> String? {
    let clients = PackageFolder.file("Tests/SluiceTransportTests/Clients/requirements.txt")
    let made = try SpawnedProcess(
      [PackageFolder.file("Scripts/venv"), clients], in: try TemporaryFolder())
    guard try await made.ended() == 0 else {
      print("skipped: no Python with Triton's client: \(made.remarks)")
      return nil
    }
    return made.printed.split(separator: "\n").last.map(String.init)
  }
}
