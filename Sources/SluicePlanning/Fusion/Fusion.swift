import SluiceGraph

/// How much a planner may rewrite.
public enum Fusion: String, Sendable, Hashable, CaseIterable {
  /// Every node of the program becomes one operation with a buffer of its own for each output.
  /// What the reference backend runs, and what fused plans are compared with.
  case none
  /// Batch normalisation goes into the weights of the product before it, biases and activations into
  /// the product; layer normalisations written as primitives become one operation; element-wise
  /// chains become expressions; reshapes, transposes, slices and the like become views, or one copy
  /// together.
  case full
}
