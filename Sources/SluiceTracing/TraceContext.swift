import Tracing

/// Which span something happens in, and whether it is kept, as requests carry it from one process to another:
/// W3C Trace Context (https://www.w3.org/TR/trace-context/).
public struct TraceContext: Sendable, Hashable {
  /// Of all spans that have one root; not 0.
  public var traceID: UInt128
  /// Not 0.
  public var spanID: UInt64
  /// Whether spans of this trace are kept.
  public var isSampled: Bool
  /// What other tracers put beside: the members of `tracestate`, with commas between them.
  public var state: String
  /// Whether it came from another process.
  public var isRemote: Bool

  public init(
    traceID: UInt128, spanID: UInt64, isSampled: Bool, state: String = "", isRemote: Bool = false
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
    self.isRemote = isRemote
  }
}

extension ServiceContext {
  private enum Key: ServiceContextKey {
    typealias Value = TraceContext
    static let nameOverride: String? = "trace-context"
  }

  /// The span in which something happens; nil for none.
  public var traceContext: TraceContext? {
    get { self[Key.self] }
    set { self[Key.self] = newValue }
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// All its digits to base 16, in lower case.
  var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Self.bitWidth / 4 - digits.utf8.count) + digits
  }
}
