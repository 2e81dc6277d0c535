/// Work-items in up to three dimensions; an integer stands for one dimension.
public struct WorkSize: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public let x: Int
  public let y: Int
  public let z: Int

  public init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  public init(integerLiteral value: Int) { self.init(value) }

  /// As OpenCL takes it.
  func withSizes<Result>(_ body: (UnsafePointer<Int>) -> Result) -> Result {
    var sizes: InlineArray<3, Int> = [x, y, z]
    return unsafe withUnsafePointer(to: &sizes) { tuple in
      unsafe tuple.withMemoryRebound(to: Int.self, capacity: 3) { unsafe body($0) }
    }
  }
}
