import GRPCCore
import OpenInferenceProtocol
import SluiceServing

/// Answers the protocol's calls.
struct InferenceProvider: Inference_GRPCInferenceService.ServiceProtocol {
  let service: InferenceService
  let options: GRPCOptions

  func serverLive(
    request: ServerRequest<Inference_ServerLiveRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ServerLiveResponse> {
    ServerResponse(message: .with { $0.live = true })
  }

  func serverReady(
    request: ServerRequest<Inference_ServerReadyRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ServerReadyResponse> {
    ServerResponse(message: .with { $0.ready = !service.report.isDraining })
  }

  /// As Triton does: a model that is not there is not ready, which is no error.
  func modelReady(
    request: ServerRequest<Inference_ModelReadyRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ModelReadyResponse> {
    let isReady = (try? version(request.message.version, of: request.message.name)) != nil
    return ServerResponse(message: .with { $0.ready = isReady })
  }

  func serverMetadata(
    request: ServerRequest<Inference_ServerMetadataRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ServerMetadataResponse> {
    ServerResponse(
      message: .with {
        $0.name = ServerDescription.name
        $0.version = ServerDescription.version
        $0.extensions = ServerDescription.extensions
      })
  }

  func modelMetadata(
    request: ServerRequest<Inference_ModelMetadataRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ModelMetadataResponse> {
    try answer {
      ServerResponse(
        message: try version(request.message.version, of: request.message.name).metadata)
    }
  }

  func modelConfig(
    request: ServerRequest<Inference_ModelConfigRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ModelConfigResponse> {
    try answer {
      let version = try version(request.message.version, of: request.message.name)
      return ServerResponse(
        message: .with { $0.config = version.configuration(service.options) })
    }
  }

  func modelStatistics(
    request: ServerRequest<Inference_ModelStatisticsRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ModelStatisticsResponse> {
    try answer {
      let name = request.message.name
      if !name.isEmpty { _ = try version(request.message.version, of: name) }
      let models = service.report.models.filter { name.isEmpty || $0.name == name }
      return ServerResponse(message: .with { $0.modelStats = models.compactMap(\.statistics) })
    }
  }

  func modelInfer(
    request: ServerRequest<Inference_ModelInferRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_ModelInferResponse> {
    do {
      var inference = try InferenceRequest(request.message)
      inference.limit(to: try request.metadata.callTimeout())
      inference.parent = service.parent(in: request.metadata, TraceMetadata())
      let answer = try await service.answer(to: inference)
      return ServerResponse(message: Inference_ModelInferResponse(answer))
    } catch {
      throw RPCError.of(error)
    }
  }

  func modelStreamInfer(
    request: StreamingServerRequest<Inference_ModelInferRequest>, context: ServerContext
  ) async throws -> StreamingServerResponse<Inference_ModelStreamInferResponse> {
    let call = StreamingCall(
      service, window: options.maximumUnansweredMessages,
      timeout: try request.metadata.callTimeout(),
      parent: service.parent(in: request.metadata, TraceMetadata()))
    return StreamingServerResponse { writer in
      try await call.run(request.messages, writer, context.cancellation)
      return [:]
    }
  }

  /// - Throws: `unknownModel`, `modelUnavailable`; `invalidArgument` for a version that is no number.
  func version(_ text: String, of name: String) throws -> ModelVersion {
    try service.version(try InferenceRequest.version(text), of: name)
  }

  /// What `body` gives, or its error as a status.
  func answer<Message>(
    _ body: () throws -> ServerResponse<Message>
  ) throws(RPCError) -> ServerResponse<Message> {
    do { return try body() } catch { throw RPCError.of(error) }
  }
}
