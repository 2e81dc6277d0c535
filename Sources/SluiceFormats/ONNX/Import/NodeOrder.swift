/// Puts nodes in topological order: the file's own where it is one, as ONNX demands.
struct NodeOrder {
  private let nodes: [OperatorCall]
  private let reads: [[String]]
  private let file: String

  init(_ nodes: [OperatorCall], file: String) {
    self.nodes = nodes
    self.file = file
    reads = nodes.map(\.reads)
  }

  /// - Parameter known: the values that are there before any node.
  /// - Returns: indices of the nodes.
  /// - Throws: `malformed` for a value that nothing produces or two nodes do, and for a cycle.
  func sorted(known: Set<String>) throws(FormatError) -> [Int] {
    let producers = try self.producers(known: known)
    var waiting = [Int](repeating: 0, count: nodes.count)
    var readers = [[Int]](repeating: [], count: nodes.count)
    var ordered = true
    for node in nodes.indices {
      for name in reads[node] where !known.contains(name) {
        guard let producer = producers[name] else {
          throw FormatError(
            .malformed,
            "\(file): node \(nodes[node].label) (\(nodes[node].proto.opType)) reads \"\(name)\", "
              + "which nothing produces")
        }
        waiting[node] += 1
        readers[producer].append(node)
        if producer >= node { ordered = false }
      }
    }
    return ordered
      ? Array(nodes.indices) : try sorted(&waiting, readers: readers, producers: producers)
  }

  private func producers(known: Set<String>) throws(FormatError) -> [String: Int] {
    var producers = [String: Int]()
    for (index, node) in nodes.enumerated() {
      for name in node.proto.output where !name.isEmpty {
        guard !known.contains(name), producers.updateValue(index, forKey: name) == nil else {
          throw FormatError(.malformed, "\(file): \"\(name)\" is defined more than once")
        }
      }
    }
    return producers
  }

  /// Kahn's algorithm.
  private func sorted(
    _ waiting: inout [Int], readers: [[Int]], producers: [String: Int]
  ) throws(FormatError) -> [Int] {
    var order = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for reader in readers[order[next]] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { order.append(reader) }
      }
      next += 1
    }
    guard order.count == nodes.count else {
      throw cycle(waiting, producers: producers)
    }
    return order
  }

  /// Walks backwards from a node that never became ready until it meets itself.
  private func cycle(_ waiting: [Int], producers: [String: Int]) -> FormatError {
    var path = [Int]()
    var place = [Int: Int]()
    var node = waiting.firstIndex { $0 > 0 }
    while let current = node, place[current] == nil {
      place[current] = path.count
      path.append(current)
      node = reads[current].lazy.compactMap { producers[$0] }.first { waiting[$0] > 0 }
    }
    let cycle = Array((node.flatMap { place[$0] }.map { path[$0...] } ?? path[...]).reversed())
    // The first one in the file comes first.
    let first = cycle.firstIndex(of: cycle.min() ?? 0) ?? 0
    let turned = cycle[first...] + cycle[..<first]
    let names = turned.prefix(8).map { nodes[$0].label }.joined(separator: ", ")
    let more = cycle.count > 8 ? " and \(cycle.count - 8) more" : ""
    return FormatError(
      .malformed, "\(file): nodes depend on each other in a cycle: \(names)\(more)")
  }
}
