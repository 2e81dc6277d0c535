/// Tensors under names, in an order that means something: a step's outputs in the network's order,
/// a stream's states.
///
///     if let probabilities = outputs["probabilities"] { print(probabilities.floats()) }
///     for (name, tensor) in outputs { print(name, tensor.shape) }
///
/// A name that is not there gives nil: an output that is not due yet is absent, not empty.
public struct NamedTensors: Sendable, Hashable {
  /// In order; each once.
  public private(set) var names: [String]
  private var tensors: [Tensor]

  /// No entries.
  public init() {
    names = []
    tensors = []
  }

  /// Names that are known to differ, with their tensors.
  init(distinct entries: [(name: String, tensor: Tensor)]) {
    names = entries.map(\.name)
    tensors = entries.map(\.tensor)
  }

  /// The tensor called `name`. Setting an absent one adds it at the end; setting nil removes it.
  public subscript(name: String) -> Tensor? {
    get { names.firstIndex(of: name).map { tensors[$0] } }
    set {
      switch (names.firstIndex(of: name), newValue) {
      case (let index?, let tensor?): tensors[index] = tensor
      case (let index?, nil):
        names.remove(at: index)
        tensors.remove(at: index)
      case (nil, let tensor?):
        names.append(name)
        tensors.append(tensor)
      case (nil, nil): break
      }
    }
  }
}

extension NamedTensors: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { names.count }
  public subscript(position: Int) -> (name: String, tensor: Tensor) {
    (names[position], tensors[position])
  }
}

extension NamedTensors: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    self.init()
    for (name, tensor) in elements { self[name] = tensor }
  }
}
