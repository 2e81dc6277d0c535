import Sluice

/// Frames of seeded numbers for the inputs of a plan.
///
/// Streams take them in turn: at step t stream s is given frame t of pattern s mod `count`. `count` is
/// prime, so that streams whose rows a kernel confuses hold different frames, and small, so that the
/// reference answers for all streams after few runs.
struct FramePatterns: Sendable {
  static let count = 5

  /// Frames of each pattern; then it begins anew.
  let length: Int
  /// By pattern, then by frame, then by input.
  private let frames: [[[Tensor]]]

  init(_ plan: Plan, length: Int) {
    self.length = length
    frames = (0..<FramePatterns.count).map { pattern in
      var random = SplitMix64(seed: UInt64(pattern) + 1)
      return (0..<length).map { _ in
        plan.inputs.map { port in
          let buffer = plan.buffers[port.buffer]
          return Tensor(random: buffer.elementType, shape: buffer.shape, using: &random)
        }
      }
    }
  }

  /// One tensor per input.
  func frame(_ step: Int, stream: Int) -> [Tensor] {
    frames[stream % FramePatterns.count][step % length]
  }
}

extension Tensor {
  /// Floating-point numbers from −1 to 1; whole numbers and bools 0 or 1, which an index may be too.
  fileprivate init(random type: ElementType, shape: [Int], using random: inout SplitMix64) {
    let values = random.floats(shape.reduce(1, *))
    let isWhole = !type.isFloatingPoint
    let tensor = Tensor(isWhole ? values.map { $0 < 0 ? 0 : 1 } : values, shape: shape)
    self = tensor.converted(to: type)
  }
}
