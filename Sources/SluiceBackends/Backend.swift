import SluiceGraph
import SluicePlanning

/// A way to run plans: the scalar reference, the CPU, OpenCL devices.
public protocol Backend: Sendable {
  /// `reference`, `cpu`, `opencl`: what `--backend` takes.
  var name: String { get }
  /// The device as a person knows it, such as the processor's model name.
  var deviceName: String { get }
  /// Chooses kernels, packs weights, allocates everything that steps need.
  func prepare(_ plan: Plan, options: ExecutableOptions) throws(BackendError) -> any Executable
}

/// What `prepare` has to know beside the plan.
public struct ExecutableOptions: Sendable, Hashable {
  /// Rows for streams; slots are numbered from 0.
  public var slots: Int
  /// Threads a backend may use, libraries included: steps of so many groups of slots run at the same
  /// time where a backend offers it (`Executable.workerCount`).
  public var threads: Int
  public var precision: Precision
  /// Bytes that states and scratch of all slots may take.
  public var memoryLimit: Int

  public init(
    slots: Int = 1, threads: Int = 1, precision: Precision = .fp32, memoryLimit: Int = 4 << 30
  ) {
    self.slots = slots
    self.threads = threads
    self.precision = precision
    self.memoryLimit = memoryLimit
  }
}

/// The type of weights and product inputs; sums are fp32 or wider at every precision.
public enum Precision: String, Sendable, Hashable, CaseIterable, Codable {
  case fp32, bf16, fp16, int8

  /// The backends that compute at it.
  public var backends: [String] { self == .fp32 ? ["reference", "cpu", "opencl"] : ["opencl"] }
}

/// A plan made ready on one backend, with the states of `slotCount` streams.
///
/// A slot belongs to one stream at a time, and the owner sees to it that no two calls that touch one
/// slot overlap, nor two steps of one worker; anything else may run at the same time. Nothing but
/// `step` computes; a step that throws leaves every state as it was.
public protocol Executable: AnyObject, Sendable {
  var plan: Plan { get }
  var slotCount: Int { get }
  /// Backend, kernel variant and tuning: two executables with equal tags and equal plans give equal
  /// bits.
  var numericsTag: String { get }
  /// What `prepare` decided, for people: one line per operation (`sluice inspect --stage executable`).
  var listing: [String] { get }
  /// What happened in preparation or in its steps that a person should know, one sentence each.
  var notes: [String] { get }

  /// Copies a frame in: exactly the bytes of `plan.inputs[input]`'s buffer.
  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer)
  /// Steps that may run at the same time, over slots that are not shared; each is given a number of
  /// its own below this one.
  var workerCount: Int { get }
  /// Runs one step of each slot in `slots` (each at most once) and counts it.
  func step(_ slots: [Int], worker: Int) throws(BackendError)
  /// Copies out what the slot's last step gave: exactly the bytes of `plan.outputs[output]`'s buffer.
  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer)

  /// Steps the slot's stream has run since its reset; decides which states are past `firstStep`.
  func stepCount(slot: Int) -> Int
  func setStepCount(_ count: Int, slot: Int)
  /// A copy of `plan.states[index]`. Throws where the device does.
  func state(_ index: Int, slot: Int) throws(BackendError) -> Tensor
  /// Replaces it; type and shape must be those of `StateVariable.initial`. If it throws, the state is
  /// unknown.
  func setState(_ index: Int, slot: Int, to tensor: Tensor) throws(BackendError)
  /// Back to the initial states and step 0. If it throws, the states are unknown.
  func reset(slot: Int) throws(BackendError)
}

extension Executable {
  public var notes: [String] { [] }

  /// Likewise, for an owner that has one step at a time.
  public func step(_ slots: [Int]) throws(BackendError) { try step(slots, worker: 0) }
}

/// Why a backend cannot prepare or run something.
public struct BackendError: Error, Sendable, CustomStringConvertible {
  public let code: Code
  /// Names the operation or device, what was expected and what was found.
  public let message: String
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The backend or device is not there.
    public static let unavailable = Code(name: "unavailable")
    /// This backend does not offer an operation, element type or precision.
    public static let unsupported = Code(name: "unsupported")
    /// A limit on memory would be passed.
    public static let limit = Code(name: "limit")
    /// The device failed while it worked.
    public static let deviceFailed = Code(name: "deviceFailed")
    /// An operation met values it is not defined for, such as an index out of range.
    public static let invalidValue = Code(name: "invalidValue")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var description: String { message }

  /// `unsupported`, with the backends of every precision.
  public static func notOffered(_ precision: Precision, by backend: String) -> BackendError {
    let offers = Precision.allCases.map {
      "\($0.rawValue): \($0.backends.joined(separator: ", "))"
    }
    return BackendError(
      .unsupported,
      (["precision \(precision.rawValue) is not offered by the \(backend) backend"] + offers)
        .joined(separator: "\n"))
  }
}
