import Foundation
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

@Suite("The page in a browser", .timeLimit(.minutes(10)))
struct BrowserTests {
  /// One that can be sent in a WebSocket's protocol in base64url only.
  private static let token = "not/a=protocol:token"

  /// Where a browser may be called what.
  private static var browser: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    return folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// One start of the browser for everything: `Clients/page.py` says what it looks at.
  @Test func `it shows the server, tries the example and keeps other pages out`() async throws {
    guard let browser = BrowserTests.browser else {
      print("skipped: there is no Chromium")
      return
    }
    guard let python = try await PythonClient.interpreter() else { return }
    let tokens = try BearerTokens(text: BrowserTests.token)
    try await TestServer.run(try .videoActions()) { open in
      try await TestServer.run(try .videoActions(), .with { $0.tokens = tokens }) { closed in
        let result = try await PythonClient.run(
          python,
          [
            "\(PythonClient.folder)/page.py", browser, "http://127.0.0.1:\(open.port)/",
            "http://127.0.0.1:\(closed.port)/", BrowserTests.token,
          ])
        #expect(result.status == 0, "\(result.text)")
        #expect(result.text.contains("accepted"), "\(result.text)")
      }
    }
  }
}
