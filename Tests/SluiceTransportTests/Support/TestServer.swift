import Logging
import NIOCore
import NIOSSL
import Sluice
import SluiceFormats
import SluiceServing
import SluiceTestSupport
import Testing
import Tracing

@testable import SluiceHTTP

/// A server on a free port of this machine.
struct TestServer: Sendable {
  let port: Int
  let service: InferenceService
  /// Of its clients; nil for plain text.
  let tls: NIOSSLContext?

  struct NotListening: Error {}

  /// Runs `body` while a server listens.
  static func run<Result>(
    _ service: InferenceService, _ options: HTTPOptions = .with { _ in },
    clients tls: NIOSSLContext? = nil, _ body: (TestServer) async throws -> Result
  ) async throws -> Result {
    let (addresses, continuation) = AsyncStream<SocketAddress>.makeStream()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = HTTPServer(service, options, logger: logger) { continuation.yield($0) }
    let running = Task {
      defer { continuation.finish() }
      try await server.run()
    }
    defer { running.cancel() }
    var iterator = addresses.makeAsyncIterator()
    guard let port = await iterator.next()?.port else { throw NotListening() }
    return try await body(TestServer(port: port, service: service, tls: tls))
  }

  /// One that serves a running sum as "sum" on the reference.
  static func sum<Result>(
    streams: Int = 4, _ options: HTTPOptions = .with { _ in },
    clients tls: NIOSSLContext? = nil, _ body: (TestServer) async throws -> Result
  ) async throws -> Result {
    try await run(try InferenceService.sum(streams: streams), options, clients: tls, body)
  }

  func connect() async throws -> TestConnection { try await TestConnection(port: port, tls: tls) }

  /// One request on a connection of its own.
  func request(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
  ) async throws -> TestConnection.Response {
    let connection = try await connect()
    return try await connection.request(method, path, headers: headers, body: body)
  }

  func get(_ path: String) async throws -> TestConnection.Response {
    try await request("GET", path)
  }

  func post(_ path: String, _ text: String) async throws -> TestConnection.Response {
    try await request("POST", path, body: Array(text.utf8))
  }
}

extension TestConnection {
  func request(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
  ) async throws -> Response {
    var head = "\(method) \(path) HTTP/1.1\r\nContent-Length: \(body.count)\r\n"
    for (name, value) in ["Host": "localhost"].merging(headers, uniquingKeysWith: { $1 }) {
      head += "\(name): \(value)\r\n"
    }
    try await send(Array((head + "\r\n").utf8) + body)
    return try await response()
  }
}

extension TestConnection.Response {
  func json() throws -> JSONValue { try JSONParser.value(in: body[...], source: "the response") }

  /// The message of an error.
  var error: String? { (try? json())?["error"]?.string }
}

extension HTTPOptions {
  /// On a free port.
  static func with(_ change: (inout HTTPOptions) -> Void) -> HTTPOptions {
    var options = HTTPOptions()
    options.port = 0
    change(&options)
    return options
  }
}

extension InferenceService {
  /// Serves the video example.
  static func videoActions() throws -> InferenceService {
    let model = PackageFolder.file("Examples/video-actions/video-actions.onnx")
    let options = ServingOptions(engine: EngineOptions(backend: .cpu, maximumStreams: 8))
    let service = InferenceService(options)
    try service.add(
      try Model(path: model), name: "video-actions", classNames: ClassNames(besideModel: model))
    return service
  }

  /// Serves a running sum as "sum" on the reference.
  ///
  /// - Parameter store: has every stream's state after each frame.
  static func sum(
    streams: Int = 4, tracer: (any Tracer)? = nil, storedIn store: (any StateStore)? = nil
  ) throws -> InferenceService {
    var options = ServingOptions(
      engine: EngineOptions(backend: .named("reference"), maximumStreams: streams))
    if store != nil { options.durability = .everyFrame }
    let service = InferenceService(options, store: store ?? MemoryStateStore(), tracer: tracer)
    try service.add(.runningSum(), name: "sum")
    return service
  }
}
