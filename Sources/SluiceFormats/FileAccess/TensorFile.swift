import SluiceGraph

/// Named tensors from a file that holds no network: safetensors, or a PyTorch checkpoint.
public struct TensorFile: Sendable {
  /// The path as the user gave it; errors name it.
  public let path: String
  public let entries: [Entry]
  private let index: [String: Int]

  public struct Entry: Sendable, Hashable {
    public let name: String
    public let tensor: Tensor

    public init(_ name: String, _ tensor: Tensor) {
      self.name = name
      self.tensor = tensor
    }
  }

  /// Takes entries whose names differ.
  init(path: String, entries: [Entry]) {
    self.path = path
    self.entries = entries
    index = Dictionary(
      entries.indices.map { (entries[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public subscript(name: String) -> Tensor? { index[name].map { entries[$0].tensor } }
}
