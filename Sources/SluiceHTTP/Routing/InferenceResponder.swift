import HTTPTypes
import HummingbirdCore
import NIOCore
import SluiceFormats
import SluiceServing

/// Answers requests.
struct InferenceResponder: Sendable {
  let service: InferenceService
  let options: HTTPOptions
  let sites: SiteRule

  init(service: InferenceService, options: HTTPOptions) {
    (self.service, self.options, sites) = (service, options, SiteRule(options))
  }

  /// The answer, an error's too.
  func response(to request: Request) async -> Response {
    do {
      return try await answer(request)
    } catch {
      return Response(HTTPFailure(error))
    }
  }

  private func answer(_ request: Request) async throws -> Response {
    guard let route = Route(path: request.uri.path) else {
      throw HTTPFailure(.notFound, "there is nothing at '\(request.uri.path)'")
    }
    guard route.methods.contains(request.method) else {
      let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
      var failure = HTTPFailure(
        .methodNotAllowed, "\(request.uri.path): expected \(allowed); found \(request.method)")
      failure.headers[.allow] = allowed
      throw failure
    }
    try admit(request, to: route)
    switch route {
    case .live: return Response(["live": true])
    case .ready: return ready()
    case .metrics: return Response(metrics: service.report)
    case .status: return Response(status())
    case .page(let file): return Response(file)
    case .server: return Response(serverMetadata)
    case .index: return try await index(request)
    case .load(let name): return try await load(name, request)
    case .unload(let name): return try await unload(name, request)
    case .statistics(let name): return try statistics(of: name)
    case .model(let name, .metadata):
      return Response(try service.version(name.version, of: name.name).metadata)
    case .model(let name, .config):
      return Response(
        try service.version(name.version, of: name.name).configuration(service.options))
    case .model(let name, .ready):
      let version = try service.version(name.version, of: name.name)
      return Response(["name": .string(version.name), "ready": true])
    case .model(let name, .infer): return try await infer(name, request)
    case .state(let model, let stream): return try await state(model, stream, request)
    case .stream: throw try streams(request)
    }
  }

  /// - Throws: 401 without a token where one is needed; 403 for states where there are none; 403 and 421 for
  ///   what a page of another site asks.
  private func admit(_ request: Request, to route: Route) throws(HTTPFailure) {
    try sites.admit(
      host: request.head.authority,
      origin: route.needsOrigin(request.method) ? request.headers[.origin] : nil)
    if let tokens = options.tokens {
      if route.isOpen || tokens.admit(authorization: request.headers[.authorization]) { return }
      var failure = HTTPFailure(
        .unauthorized,
        "expected a header 'Authorization: Bearer TOKEN' with a token that is known here")
      failure.headers[.wwwAuthenticate] = "Bearer"
      throw failure
    }
    if case .state = route {
      throw HTTPFailure(
        .forbidden, "states of streams are given and taken with a token only; this server has none")
    }
  }

  /// The body, whole.
  ///
  /// - Throws: 413, and what the connection says.
  func body(of request: Request) async throws -> [UInt8] {
    let limit = options.maximumBodyBytes
    let declared = request.headers[.contentLength].flatMap { Int($0) }
    if let declared, declared > limit { throw tooLarge("\(declared)") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(declared ?? 0)
    for try await part in request.body {
      guard bytes.count + part.readableBytes <= limit else { throw tooLarge("more") }
      bytes += part.readableBytesView
    }
    return bytes
  }

  private func tooLarge(_ found: String) -> HTTPFailure {
    HTTPFailure(
      .contentTooLarge, "a body has at most \(options.maximumBodyBytes) bytes; found \(found)")
  }

  /// The body as a JSON object; an empty one for nothing.
  func object(in request: Request) async throws -> JSONValue {
    let bytes = try await body(of: request)
    if bytes.isEmpty { return .object([]) }
    let value = try JSONParser.value(in: bytes[...], source: "the body")
    guard value.members != nil else {
      throw HTTPFailure(.badRequest, "the body: expected an object; found \(value.kind)")
    }
    return value
  }
}

extension Response {
  init(_ value: JSONValue, status: HTTPResponse.Status = .ok) {
    self.init(bytes: value.text, type: "application/json", status: status)
  }

  init(bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) {
    self.init(
      status: status, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// `{"error": …}`
  init(_ failure: HTTPFailure) {
    self.init(["error": .string(failure.message)], status: failure.status)
    for field in failure.headers { headers.append(field) }
    if let time = failure.retryAfter { headers[.retryAfter] = "\(time.retrySeconds)" }
  }
}
