import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

/// `Examples/clients/infer_grpc.py` and `infer.sh` are README's and run with it, `stream.js` runs in a browser.
@Suite("Examples of clients", .timeLimit(.minutes(10)))
struct ExampleClientTests {
  @Test(arguments: ["infer.py", "stream.py"])
  func `they play a clip and show what it is`(client: String) async throws {
    guard let python = try await PythonClient.interpreter() else { return }
    let example = PackageFolder.file("Examples/video-actions")
    try await TestServer.run(try .videoActions()) { server in
      let host = "127.0.0.1:\(server.port)"
      let address = client == "infer.py" ? host : "ws://\(host)/v2/models/video-actions/stream"
      let result = try await PythonClient.run(
        python,
        [
          "Examples/clients/\(client)", address, "\(example)/clips/move-left.npz",
          "\(example)/labels.txt",
        ])
      #expect(result.status == 0, "\(result.text)")
      let frames = result.text.split(separator: "\n").filter { $0.hasPrefix("frame ") }
      #expect(frames.count == 25, "\(result.text)")
      #expect(frames.last?.hasPrefix("frame 25: move left ") == true, "\(result.text)")
    }
  }
}
