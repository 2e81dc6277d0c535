import HummingbirdCore
import SluiceFormats
import SluiceServing

/// Triton's extension for model repositories.
extension InferenceResponder {
  /// Ready is a server that takes new streams and has every model of its repository.
  func ready() -> Response {
    if !service.report.isDraining { return Response(["ready": true]) }
    var response = Response(["ready": false], status: .serviceUnavailable)
    response.headers[.retryAfter] = "\(service.options.retryAfter.retrySeconds)"
    return response
  }

  var serverMetadata: JSONValue {
    [
      "name": .string(ServerDescription.name), "version": .string(ServerDescription.version),
      "extensions": .array(ServerDescription.extensions.map { .string($0) }),
    ]
  }

  /// `POST /v2/repository/index`, all models or, by `"ready": true`, those that are served.
  func index(_ request: Request) async throws -> Response {
    let onlyReady = try await object(in: request)["ready"] == .bool(true)
    let entries = try service.index().filter { !onlyReady || $0.isReady }
    return Response(.array(entries.map(\.json)))
  }

  func load(_ name: String, _ request: Request) async throws -> Response {
    let parameters = try await object(in: request)["parameters"]?.members ?? []
    if let parameter = parameters.first {
      throw HTTPFailure(
        .badRequest,
        "parameter '\(parameter.key)': a model is read from the repository as it lies there, without any"
      )
    }
    try await service.load(name)
    return Response([:] as JSONValue)
  }

  func unload(_ name: String, _ request: Request) async throws -> Response {
    _ = try await object(in: request)
    try service.unload(name)
    return Response([:] as JSONValue)
  }

  func statistics(of name: Route.ModelName?) throws -> Response {
    if let name { _ = try service.version(name.version, of: name.name) }
    let models = service.report.models.filter { name == nil || $0.name == name?.name }
    return Response(["model_stats": .array(models.compactMap(\.statistics))])
  }
}

extension RepositoryEntry {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "version": .string(version.map { "\($0)" } ?? ""),
      "state": .string(state), "reason": .string(reason),
    ]
  }
}
