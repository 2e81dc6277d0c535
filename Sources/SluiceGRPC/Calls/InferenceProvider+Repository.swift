import GRPCCore
import OpenInferenceProtocol
import SluiceServing

/// Triton's extension for model repositories.
extension InferenceProvider {
  func repositoryIndex(
    request: ServerRequest<Inference_RepositoryIndexRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_RepositoryIndexResponse> {
    try answer {
      let entries = try service.index().filter { !request.message.ready || $0.isReady }
      return ServerResponse(
        message: .with { response in
          response.models = entries.map { entry in
            .with {
              $0.name = entry.name
              $0.version = entry.version.map { "\($0)" } ?? ""
              $0.state = entry.state
              $0.reason = entry.reason
            }
          }
        })
    }
  }

  func repositoryModelLoad(
    request: ServerRequest<Inference_RepositoryModelLoadRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_RepositoryModelLoadResponse> {
    if let parameter = request.message.parameters.keys.sorted().first {
      throw RPCError.invalid(
        "parameter '\(parameter)': a model is read from the repository as it lies there, without any"
      )
    }
    do {
      try await service.load(request.message.modelName)
      return ServerResponse(message: Inference_RepositoryModelLoadResponse())
    } catch {
      throw RPCError(error)
    }
  }

  func repositoryModelUnload(
    request: ServerRequest<Inference_RepositoryModelUnloadRequest>, context: ServerContext
  ) async throws -> ServerResponse<Inference_RepositoryModelUnloadResponse> {
    try answer {
      try service.unload(request.message.modelName)
      return ServerResponse(message: Inference_RepositoryModelUnloadResponse())
    }
  }
}
