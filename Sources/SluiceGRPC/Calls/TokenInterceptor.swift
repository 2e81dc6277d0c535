import GRPCCore
import SluiceServing

/// Lets no call through without a token that is known, but those that ask whether the server is there.
struct TokenInterceptor: ServerInterceptor {
  let tokens: BearerTokens

  private static let open: Set<String> = ["ServerLive", "ServerReady"]

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next:
      @Sendable (StreamingServerRequest<Input>, ServerContext) async throws ->
      StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    var headers = request.metadata[stringValues: "authorization"].makeIterator()
    if TokenInterceptor.open.contains(context.descriptor.method)
      || tokens.admit(authorization: headers.next())
    {
      return try await next(request, context)
    }
    throw RPCError(
      code: .unauthenticated,
      message: "expected metadata 'authorization: Bearer TOKEN' with a token that is known here")
  }
}
