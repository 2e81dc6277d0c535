import CSluice
import Glibc
import Sluice

/// An engine as C holds it: with its ports described in memory that C reads.
final class EngineHandle: Sendable {
  let engine: Engine
  let options: SessionOptions
  let inputs: [PortDescription]
  let outputs: [PortDescription]

  static let table = HandleTable<EngineHandle>(
    name: "engine", gone: "the engine was freed, or never loaded")

  init(_ engine: Engine, options: SessionOptions) {
    self.engine = engine
    self.options = options
    let step = engine.stepGraph
    inputs = step.inputs.map { PortDescription($0, shape: $0.frameShape(step.framesPerStep)) }
    outputs = step.outputs.map { PortDescription($0, shape: $0.shape) }
  }
}

extension StreamPort {
  /// The shape of one frame of an input: its step's, cut along the time axis.
  fileprivate func frameShape(_ framesPerStep: Int) -> [Int] {
    guard let timeAxis else { return shape }
    var shape = shape
    shape[timeAxis] = entriesPerStep / max(1, framesPerStep)
    return shape
  }
}

/// A port with its name and sizes in C's memory, which it owns.
@safe final class PortDescription: Sendable {
  let name: String
  let shape: [Int]
  let elementType: ElementType
  private let firstStep: Int
  private nonisolated(unsafe) let text: UnsafeMutablePointer<CChar>?
  private nonisolated(unsafe) let sizes: UnsafeMutableBufferPointer<Int64>

  init(_ port: StreamPort, shape: [Int]) {
    name = port.name
    self.shape = shape
    elementType = port.elementType
    firstStep = port.firstStep
    unsafe text = strdup(port.name)
    unsafe sizes = .allocate(capacity: max(1, shape.count))
    _ = unsafe sizes.initialize(from: shape.map(Int64.init))
  }

  deinit {
    unsafe free(text)
    unsafe sizes.deallocate()
  }

  var count: Int { shape.reduce(1, *) }
  var byteCount: Int { count * elementType.byteCount }

  /// For C; its pointers live as long as this object.
  var description: sluice_port {
    unsafe sluice_port(
      name: UnsafePointer(text), element: elementType.code, rank: Int32(clamping: shape.count),
      shape: UnsafePointer(sizes.baseAddress), count: Int64(count), byte_count: Int64(byteCount),
      first_step: Int64(firstStep))
  }
}

extension ElementType {
  fileprivate var code: sluice_element {
    switch self {
    case .float32: SLUICE_ELEMENT_FLOAT32
    case .float64: SLUICE_ELEMENT_FLOAT64
    case .int8: SLUICE_ELEMENT_INT8
    case .uint8: SLUICE_ELEMENT_UINT8
    case .int16: SLUICE_ELEMENT_INT16
    case .uint16: SLUICE_ELEMENT_UINT16
    case .int32: SLUICE_ELEMENT_INT32
    case .uint32: SLUICE_ELEMENT_UINT32
    case .int64: SLUICE_ELEMENT_INT64
    case .uint64: SLUICE_ELEMENT_UINT64
    case .bool: SLUICE_ELEMENT_BOOL
    }
  }
}
