import FoundationEssentials
import GRPCCore
import OpenInferenceProtocol
import Sluice

@testable import SluiceServing

extension TestGRPCServer {
  /// - Throws: `CallFailure`, with the status that HTTP has for it.
  func answer(to request: InferenceRequest, raw: Bool) async throws -> InferenceAnswer {
    do {
      return InferenceAnswer(try await client.modelInfer(request.message(raw: raw)))
    } catch let error as RPCError {
      throw CallFailure(status: error.code.httpStatus, message: error.message)
    }
  }
}

extension RPCError.Code {
  fileprivate var httpStatus: Int {
    switch self {
    case .notFound: 404
    case .invalidArgument: 400
    case .resourceExhausted, .unavailable: 503
    case .deadlineExceeded: 504
    case .unauthenticated: 401
    default: 500
    }
  }
}

extension InferenceRequest {
  /// Its tensors as FP32, raw or typed.
  func message(raw: Bool) -> Inference_ModelInferRequest {
    .with { message in
      message.modelName = model
      message.modelVersion = version.map { "\($0)" } ?? ""
      message.id = id
      if let stream { message.parameters["sequence_id"] = .with { $0.stringParam = stream.text } }
      if starts { message.parameters["sequence_start"] = .with { $0.boolParam = true } }
      if ends { message.parameters["sequence_end"] = .with { $0.boolParam = true } }
      if let timeout {
        let count = Int64(timeout / .microseconds(1))
        message.parameters["timeout"] = .with { $0.int64Param = count }
      }
      for (name, tensor) in inputs {
        message.inputs.append(
          .with {
            $0.name = name
            $0.datatype = Datatype(tensor.elementType).rawValue
            $0.shape = tensor.shape.map { Int64($0) }
            if !raw { $0.contents.fp32Contents = tensor.floats() }
          })
        if raw { message.rawInputContents.append(Data(tensor.bytes)) }
      }
      message.outputs = (outputs ?? []).map { name in .with { $0.name = name } }
    }
  }
}

extension InferenceAnswer {
  /// Reads an answer as a client does.
  init(_ message: Inference_ModelInferResponse) {
    var outputs = NamedTensors()
    for (output, bytes) in zip(message.outputs, message.rawOutputContents) {
      outputs[output.name] = Datatype(rawValue: output.datatype).flatMap {
        Tensor($0, shape: output.shape.map { Int($0) }, bytes: ArraySlice([UInt8](bytes)))
      }
    }
    let identifier: StreamIdentifier? =
      switch message.parameters["sequence_id"]?.parameterChoice {
      case .int64Param(let number)?: StreamIdentifier(UInt64(number))
      case .stringParam(let text)?: StreamIdentifier(text)
      default: nil
      }
    self.init(
      model: message.modelName, version: Int(message.modelVersion) ?? 0, id: message.id,
      outputs: outputs,
      stream: identifier.map {
        StreamParameters(
          identifier: $0,
          framesTaken: Int(message.parameters["sequence_frames"]?.int64Param ?? 0),
          wasHibernated: message.parameters["sequence_restored"]?.boolParam ?? false)
      })
  }
}
