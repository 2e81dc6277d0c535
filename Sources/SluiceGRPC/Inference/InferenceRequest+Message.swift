import GRPCCore
import OpenInferenceProtocol
import Sluice
import SluiceServing

extension InferenceRequest {
  /// Parameters of a request that mean something here.
  enum Parameter {
    static let stream = "sequence_id"
    static let starts = "sequence_start"
    static let ends = "sequence_end"
    static let timeout = "timeout"
  }

  /// - Throws: `invalidArgument` naming what was expected and what was found.
  init(_ message: Inference_ModelInferRequest) throws(RPCError) {
    self.init(
      model: message.modelName, version: try Self.version(message.modelVersion), id: message.id,
      inputs: try message.tensors())
    let parameters = message.parameters
    stream = try parameters[Parameter.stream].flatMap { parameter throws(RPCError) in
      try parameter.streamIdentifier(Parameter.stream)
    }
    starts = try parameters[Parameter.starts]?.flag(Parameter.starts) ?? false
    ends = try parameters[Parameter.ends]?.flag(Parameter.ends) ?? false
    timeout = try parameters[Parameter.timeout]?.microseconds(Parameter.timeout)
    for output in message.outputs {
      for key in ["shared_memory_region", "classification"] where output.parameters[key] != nil {
        throw .invalid("output '\(output.name)': '\(key)' is not supported here")
      }
    }
    if !message.outputs.isEmpty { outputs = message.outputs.map(\.name) }
  }

  /// nil for an empty text: the newest, or the stream's own.
  static func version(_ text: String) throws(RPCError) -> Int? {
    if text.isEmpty { return nil }
    guard let version = Int(text), version > 0 else {
      throw .invalid("model version: expected a whole number from 1; found '\(text)'")
    }
    return version
  }
}

extension Inference_InferParameter {
  /// A whole number or a string; 0 and "" are none.
  func streamIdentifier(_ name: String) throws(RPCError) -> StreamIdentifier? {
    switch parameterChoice {
    case .int64Param(0)?, .uint64Param(0)?, .stringParam("")?, nil: return nil
    case .uint64Param(let number)?: return StreamIdentifier(number)
    case .int64Param(let number)?:
      if let number = UInt64(exactly: number) { return StreamIdentifier(number) }
    case .stringParam(let text)?:
      if let identifier = StreamIdentifier(text) { return identifier }
    default: break
    }
    throw .invalid(
      "parameter '\(name)': expected a whole number from 0 or a string of at most "
        + "\(StreamIdentifier.maximumByteCount) bytes without control characters")
  }

  func flag(_ name: String) throws(RPCError) -> Bool {
    guard case .boolParam(let flag)? = parameterChoice else {
      throw .invalid("parameter '\(name)': expected true or false")
    }
    return flag
  }

  /// nil for 0, which is none, as for Triton.
  func microseconds(_ name: String) throws(RPCError) -> Duration? {
    switch parameterChoice {
    case .int64Param(let count)? where count >= 0: return count == 0 ? nil : .microseconds(count)
    case .uint64Param(let count)?:
      if let count = Int64(exactly: count) { return count == 0 ? nil : .microseconds(count) }
    default: break
    }
    throw .invalid("parameter '\(name)': expected a whole number of microseconds from 0")
  }
}
