import Sluice
import SluiceFormats

@testable import SluiceHTTP
@testable import SluiceServing

/// A way to a service: the same test goes all of them.
struct InferenceCaller: Sendable {
  /// - Throws: `CallFailure`
  let answer: @Sendable (InferenceRequest) async throws -> InferenceAnswer

  enum Way: String, Sendable, CaseIterable { case inProcess, json, binary, grpcTyped, grpcRaw }

  static func run<Result>(
    _ way: Way, _ service: InferenceService,
    _ body: (InferenceCaller) async throws -> Result
  ) async throws -> Result {
    switch way {
    case .inProcess:
      return try await body(
        InferenceCaller { request in
          do throws(ServingError) { return try await service.answer(to: request) } catch {
            throw CallFailure(status: error.code.status.code, message: error.message)
          }
        })
    case .json, .binary:
      return try await TestServer.run(service) { server in
        try await body(
          InferenceCaller { request in
            try await server.answer(to: request, binary: way == .binary)
          })
      }
    case .grpcTyped, .grpcRaw:
      return try await TestGRPCServer.run(service) { server in
        try await body(
          InferenceCaller { request in
            try await server.answer(to: request, raw: way == .grpcRaw)
          })
      }
    }
  }
}

/// What a client sees of an error.
struct CallFailure: Error, Equatable {
  var status: Int
  var message: String
}

extension TestServer {
  func answer(
    to request: InferenceRequest, binary: Bool, headers: [String: String] = [:]
  ) async throws -> InferenceAnswer {
    let (bytes, header) = request.body(binary: binary)
    var headers = headers
    if binary { headers["Inference-Header-Content-Length"] = "\(header)" }
    let version = request.version.map { "/versions/\($0)" } ?? ""
    let response = try await self.request(
      "POST", "/v2/models/\(request.model)\(version)/infer", headers: headers, body: bytes)
    guard response.status == 200 else {
      throw CallFailure(status: response.status, message: response.error ?? "")
    }
    return try InferenceAnswer(response)
  }
}

extension InferenceRequest {
  fileprivate func body(binary: Bool) -> (bytes: [UInt8], header: Int) {
    var raw: [UInt8] = []
    let list = inputs.map { name, tensor -> JSONValue in
      var input: JSONValue = [
        "name": .string(name), "datatype": .string(Datatype(tensor.elementType).rawValue),
        "shape": .array(tensor.shape.map { JSONValue($0) }),
      ]
      if binary {
        raw += tensor.bytes
        input.append("parameters", ["binary_data_size": JSONValue(tensor.byteCount)])
      } else {
        input.append("data", .text(tensor.jsonList[...]))
      }
      return input
    }
    var parameters: JSONValue = ["binary_data_output": .bool(binary)]
    if let stream { parameters.append("sequence_id", .string(stream.text)) }
    if starts { parameters.append("sequence_start", true) }
    if ends { parameters.append("sequence_end", true) }
    if let timeout { parameters.append("timeout", JSONValue(Int(timeout / .microseconds(1)))) }
    var body: JSONValue = ["id": .string(id), "parameters": parameters, "inputs": .array(list)]
    if let outputs {
      body.append("outputs", .array(outputs.map { ["name": .string($0)] }))
    }
    let header = body.text
    return (header + raw, header.count)
  }
}

extension InferenceAnswer {
  /// Reads an answer as a client does.
  fileprivate init(_ response: TestConnection.Response) throws {
    let length = response.headers["inference-header-content-length"].flatMap { Int($0) }
    let body = try JSONParser.value(
      in: response.body[..<(length ?? response.body.count)], source: "the response",
      unread: ["data"])
    var reader = TensorReader(rest: response.body[(length ?? response.body.count)...])
    var renamed = body
    renamed.append("inputs", body["outputs"] ?? [])
    let tensors = try reader.tensors(renamed)
    var outputs = NamedTensors()
    for name in try body.list("outputs")?.compactMap({ try $0.string("name") }) ?? [] {
      outputs[name] = tensors[name]
    }
    let stream = try body["parameters"]?.streamIdentifier("sequence_id").map { identifier in
      StreamParameters(
        identifier: identifier, framesTaken: body["parameters"]?["sequence_frames"]?.integer ?? 0,
        wasHibernated: body["parameters"]?["sequence_restored"] == .bool(true))
    }
    self.init(
      model: try body.string("model_name") ?? "",
      version: try body.string("model_version").flatMap { Int($0) } ?? 0,
      id: try body.string("id") ?? "", outputs: outputs, stream: stream)
  }
}
