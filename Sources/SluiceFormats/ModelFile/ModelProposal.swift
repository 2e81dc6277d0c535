import SluiceGraph

/// A guess at the `model.json` of weights, from the names and sizes of their tensors.
struct ModelProposal {
  private let file: TensorFile
  private var layers: [LayerGuess] = []
  private var remarks: [String] = []

  /// Tensors beyond this are not searched.
  static let tensorLimit = 4000

  init(_ file: TensorFile) {
    self.file = file
    guard file.entries.count <= ModelProposal.tensorLimit else {
      remarks.append("More than \(ModelProposal.tensorLimit) tensors: no layer was looked for.")
      return
    }
    var recognizer = LayerRecognizer(file)
    layers = recognizer.layers()
    let left = recognizer.remaining
    arrange()
    if layers.contains(where: { $0.kind == .linear || $0.kind == .conv1d }) {
      remarks.append(
        "Weights do not tell activations: add \"activation\" where the network has one.")
    }
    if !left.isEmpty {
      let names = left.prefix(20).joined(separator: ", ") + (left.count > 20 ? ", …" : "")
      remarks.append("Not recognised: \(names).")
    }
  }

  /// Puts the layers in an order in which each takes what the one before gives, if there is one.
  private mutating func arrange() {
    guard !layers.isEmpty else {
      remarks.append("No layer was recognised.")
      return
    }
    // Files that sort their names have lost the network's order: guess it by kind first.
    let names = file.entries.map(\.name)
    if names == names.sorted() {
      layers = layers.enumerated()
        .sorted {
          ($0.element.kind.usualPlace, $0.offset) < ($1.element.kind.usualPlace, $1.offset)
        }
        .map(\.element)
    }
    var chain = LayerChain(layers)
    if let order = chain.search() {
      layers = order.map { layers[$0] }
    } else {
      remarks.append(
        "The layers' sizes do not fit in a row: their order is a guess, or the network branches.")
    }
  }

  var text: String {
    let input =
      layers.first?.kind == .embedding
      ? #"{ "name": "tokens", "type": "int64", "shape": ["batch", "time"] }"#
      : #"{ "name": "frames", "shape": ["batch", "time", \#(layers.first?.input ?? 1)] }"#
    let weights = file.path.split(separator: "/").last.map(String.init) ?? file.path
    var lines = [#"  "sluice": 1,"#]
    if !remarks.isEmpty {
      lines.append(#"  "comment": \#(quoted(remarks.joined(separator: " "))),"#)
    }
    lines.append(#"  "weights": \#(quoted(weights)),"#)
    lines.append(#"  "input": \#(input),"#)
    let items = layers.map { "    \($0.json)" }.joined(separator: ",\n")
    lines.append(items.isEmpty ? "  \"layers\": []" : "  \"layers\": [\n\(items)\n  ]")
    return "{\n" + lines.joined(separator: "\n") + "\n}"
  }
}

/// A layer that tensors seem to belong to.
struct LayerGuess {
  var kind: LayerKind
  /// Features of a frame that go in and come out; nil where anything goes in.
  var input: Int?
  var output: Int
  /// Keys and JSON values of its object.
  var members: [(key: String, value: String)]

  var json: String {
    let text = members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
    return "{ \"\(kind.rawValue)\": { \(text) } }"
  }
}

extension LayerKind {
  /// Where layers of this kind tend to stand in a network.
  fileprivate var usualPlace: Int {
    switch self {
    case .embedding: 0
    case .conv1d: 1
    case .gru, .lstm, .rnn: 2
    case .batchNorm, .layerNorm: 3
    default: 4
    }
  }
}

/// Searches for an order of layers in which sizes fit, trying the given order first.
private struct LayerChain {
  private let layers: [LayerGuess]
  private var order: [Int] = []
  private var isUsed: [Bool]
  /// Comparisons left, so that many alike layers cannot take for ever.
  private var budget = 50_000

  init(_ layers: [LayerGuess]) {
    self.layers = layers
    isUsed = Array(repeating: false, count: layers.count)
  }

  mutating func search() -> [Int]? { extend(after: nil) ? order : nil }

  private mutating func extend(after last: Int?) -> Bool {
    if order.count == layers.count { return true }
    for index in layers.indices where !isUsed[index] {
      budget -= 1
      if budget < 0 { return false }
      guard fits(index, after: last) else { continue }
      order.append(index)
      isUsed[index] = true
      if extend(after: index) { return true }
      order.removeLast()
      isUsed[index] = false
    }
    return false
  }

  private func fits(_ index: Int, after last: Int?) -> Bool {
    guard let last else { return true }
    return layers[index].kind != .embedding && layers[index].input == layers[last].output
  }
}

/// A JSON string.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\n": result += "\\n"
    case let control where control.value < 0x20:
      let digits = String(control.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
