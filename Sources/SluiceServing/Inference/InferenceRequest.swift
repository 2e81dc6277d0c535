import Sluice
import Tracing

/// A request of the Open Inference Protocol, version 2, whatever it came by: its tensors are read, and the
/// parameters that mean something here are known by name.
public struct InferenceRequest: Sendable {
  public var model: String
  /// nil for the newest, or the stream's own.
  public var version: Int?
  /// Comes back in the answer.
  public var id: String
  public var inputs: [String: Tensor]
  /// Names of the outputs that the answer is to have; nil for all.
  public var outputs: [String]?
  /// `sequence_id`: the stream whose next frames these are. nil: the inputs are whole sequences.
  public var stream: StreamIdentifier?
  /// `sequence_start`
  public var starts: Bool
  /// `sequence_end`
  public var ends: Bool
  /// How long after its arrival the answer is of no more use.
  public var timeout: Duration?
  /// The span in which it is asked for, where the service has a tracer; nil for none.
  public var parent: ServiceContext?

  public init(
    model: String, version: Int? = nil, id: String = "", inputs: [String: Tensor],
    outputs: [String]? = nil, stream: StreamIdentifier? = nil, starts: Bool = false,
    ends: Bool = false, timeout: Duration? = nil, parent: ServiceContext? = nil
  ) {
    self.model = model
    self.version = version
    self.id = id
    self.inputs = inputs
    self.outputs = outputs
    self.stream = stream
    self.starts = starts
    self.ends = ends
    self.timeout = timeout
    self.parent = parent
  }
}

/// What came of it.
public struct InferenceAnswer: Sendable {
  public var model: String
  public var version: Int
  public var id: String
  /// In the network's order. Absent is an output of a stream that is not due yet.
  public var outputs: NamedTensors
  /// Parameters of the answer; nil for whole sequences.
  public var stream: StreamParameters?

  public struct StreamParameters: Sendable, Hashable {
    public var identifier: StreamIdentifier
    /// `sequence_frames`: frames that the stream has taken since it started, these included.
    public var framesTaken: Int
    /// `sequence_restored`: the stream lay in the store and was brought back.
    public var wasHibernated: Bool
  }
}

extension InferenceService {
  /// Puts a request in its place, as `submit` of a stream's request or of whole sequences does.
  ///
  /// - Parameters:
  ///   - servesHere: whether the caller's thread may run a stream's step, as there.
  ///   - answer: called once, from any thread, perhaps before this returns; must not block.
  public func submit(
    _ request: InferenceRequest, servesHere: Bool = false,
    answer: @escaping @Sendable (Result<InferenceAnswer, ServingError>) -> Void
  ) {
    let deadline = request.timeout.map { clock.now + $0 }
    guard let stream = request.stream else {
      let sequence = SequenceRequest(
        model: request.model, version: request.version, arrays: request.inputs,
        deadline: deadline, parent: request.parent)
      do throws(ServingError) {
        try check(request)
      } catch {
        context.traces?.record(refusal: error, of: sequence)
        return answer(.failure(error))
      }
      return submit(sequence) { result in answer(result.map { InferenceAnswer($0, to: request) }) }
    }
    let turn = StreamRequest(
      model: request.model, version: request.version, stream: stream,
      action: request.inputs.isEmpty ? .none : .frames(request.inputs), starts: request.starts,
      ends: request.ends, deadline: deadline, parent: request.parent)
    do throws(ServingError) {
      try check(request)
    } catch {
      context.traces?.record(refusal: error, of: turn)
      return answer(.failure(error))
    }
    submit(turn, servesHere: servesHere) { result in
      answer(result.map { InferenceAnswer($0, of: stream, to: request) })
    }
  }

  /// `submit`, awaited.
  nonisolated(nonsending) public func answer(
    to request: InferenceRequest
  ) async throws(ServingError) -> InferenceAnswer {
    let result = await withCheckedContinuation { continuation in
      submit(request) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// - Throws: `refused` for flags of a stream without one, and for outputs that the model does not have.
  private func check(_ request: InferenceRequest) throws(ServingError) {
    if request.stream == nil, request.starts || request.ends {
      throw ServingError(
        .refused, "sequence_start and sequence_end need a sequence_id; found none")
    }
    guard let outputs = request.outputs,
      let version = try? version(request.version, of: request.model)
    else { return }
    for name in outputs where !version.outputNames.contains(name) {
      let known = version.outputNames.sorted().joined(separator: ", ")
      throw ServingError(.refused, "\(version) has no output '\(name)'; it has \(known)")
    }
  }
}

extension InferenceAnswer {
  fileprivate init(_ answer: SequenceAnswer, to request: InferenceRequest) {
    self.init(
      model: request.model, version: answer.version, id: request.id,
      outputs: answer.outputs.only(request.outputs), stream: nil)
  }

  fileprivate init(
    _ answer: StreamAnswer, of stream: StreamIdentifier, to request: InferenceRequest
  ) {
    self.init(
      model: request.model, version: answer.version, id: request.id,
      outputs: answer.outputs.only(request.outputs),
      stream: StreamParameters(
        identifier: stream, framesTaken: answer.framesTaken,
        wasHibernated: answer.wasHibernated))
  }
}

extension NamedTensors {
  /// Those of `names`, in their own order; all for nil.
  fileprivate func only(_ names: [String]?) -> NamedTensors {
    guard let names else { return self }
    var chosen = self
    for name in self.names where !names.contains(name) { chosen[name] = nil }
    return chosen
  }
}
