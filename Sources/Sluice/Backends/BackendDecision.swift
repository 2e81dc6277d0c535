/// Which backend runs, and why.
public struct BackendDecision: Sendable, Hashable {
  /// `cpu`, `reference`, …
  public var backend: String
  /// The device as a person knows it, such as the processor's model name.
  public var device: String
  /// A sentence without its full stop.
  public var reason: String
  /// Everything that `auto` considered, the one taken included; empty where the choice was given.
  public var candidates: [BackendCandidate]

  public init(
    backend: String, device: String, reason: String, candidates: [BackendCandidate] = []
  ) {
    self.backend = backend
    self.device = device
    self.reason = reason
    self.candidates = candidates
  }
}

extension BackendDecision {
  /// What runs after all where the one taken could not be prepared.
  func replaced(by backend: any Backend, after error: SluiceError) -> BackendDecision {
    BackendDecision(
      backend: backend.name, device: backend.deviceName,
      reason: "\(self.backend) (\(device)) cannot run it: \(error.message); it was \(reason)",
      candidates: candidates)
  }
}

extension BackendDecision: CustomStringConvertible {
  public var description: String { "\(backend) (\(device)): \(reason)" }
}

/// A backend that `auto` looked at.
public struct BackendCandidate: Sendable, Hashable {
  public var backend: String
  public var device: String
  /// What a step of all streams together is predicted to take; nil where nothing was predicted.
  public var predictedStep: Duration?
  /// Why it was taken or left, without a full stop.
  public var reason: String

  public init(
    backend: String, device: String, predictedStep: Duration? = nil, reason: String
  ) {
    self.backend = backend
    self.device = device
    self.predictedStep = predictedStep
    self.reason = reason
  }
}

extension BackendCandidate: CustomStringConvertible {
  public var description: String {
    let prediction =
      predictedStep.map { ", predicted \(microsecondsText($0 / .seconds(1))) a step" } ?? ""
    return "\(backend) (\(device))\(prediction): \(reason)"
  }
}

/// A backend on a device that can be named with `--backend` and `--device`.
public struct DeviceDescription: Sendable, Hashable {
  public var backend: String
  /// Counted from 0 within its backend.
  public var index: Int
  public var device: String
  /// What `auto` thinks of it.
  public var note: String
}
