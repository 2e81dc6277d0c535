import SluiceBackends
import SluiceGraph

/// Where the cell of a wide launch finds or leaves a row.
enum WidePlace {
  /// Nil where there is nothing.
  case operand(Operand?)
  /// What `steps.cl` names so.
  case step(String)

  static let nothing = WidePlace.operand(nil)
}

/// A product of a wide layer: rows of factors and weights [sums, units, depth].
struct WideProduct {
  var factors: WidePlace
  var depth: Int
  var values: [Float]
}

/// A wide launch of a layer before its operands are bound.
struct WideCell {
  /// A file of `Kernels/OpenCL`.
  var file: String
  var sums: Int
  var units: Int
  var keeps = false
  /// One or two; the second by itself where `steps` has what the first came to.
  var products: [WideProduct]
  /// [sums, units], one row more where `keeps`.
  var starts: [Float]
  /// Nil where a launch has one row of each stream, or `rows`.
  var steps: WideSteps?
  /// Of a product.
  var rows: WideRows?
}

/// Rows of a stream that one product takes, each like another stream.
struct WideRows {
  let count: Int
  /// Floats from the first row to row `i`, of factors and of results.
  let factors: String
  let results: String
  /// Whether rows of factors begin at multiples of 16 bytes, if the first does.
  let areAligned: Bool
}

/// What launches of a recurrence's steps have beside their cell (`Kernels/OpenCL/steps.cl`).
struct WideSteps {
  let count: Int
  /// Of a stream.
  let rows: Int
  /// By the names that steps.cl has for them, `X_ALL` not among them.
  var reads: [(String, Operand)] = []
  var writes: [(String, Operand)] = []
  var macros: [(name: String, value: String)] = []
  /// Whether rows begin at multiples of 16 bytes, if the first of each operand does.
  var areAligned: Bool
  /// What the input products came to.
  var sums: Operand
}

/// Macros of a wide call that say how its rows lie.
enum WideMark {
  /// There are rows that do not begin at multiples of 16 bytes.
  static let unaligned = "UNALIGNED"
  static let rows = "EACH_STREAM"

  /// Floats from the first row of an operand to row `i` of a stream.
  static func place(of operand: String) -> String { "\(operand)_AT(i)" }
}

extension DeviceCall {
  /// Adds an operand to a wide body; nil for none.
  mutating func read(_ name: String, _ operand: Operand?) {
    guard case .wide(let file, var operands) = body else { return }
    operands.insert(name, at: reads.count)
    reads.append(operand)
    body = .wide(file, operands: operands)
  }

  mutating func write(_ name: String, _ operand: Operand?) {
    guard case .wide(let file, var operands) = body else { return }
    operands.append(name)
    writes.append(operand)
    body = .wide(file, operands: operands)
  }

  /// Adds what a cell reads and writes beside its weights, and how its rows lie.
  mutating func bind(
    _ reads: [(String, WidePlace)], _ writes: [(String, WidePlace)], _ cell: WideCell
  ) {
    for (name, place) in reads {
      switch place {
      case .operand(let operand): read(name, operand)
      case .step(let word): steps?.places.append((name, word))
      }
    }
    for (name, place) in writes {
      switch place {
      case .operand(let operand): write(name, operand)
      case .step(let word): steps?.places.append((name, word))
      }
    }
    if let rows = cell.rows {
      define(WideMark.rows, rows.count)
      define(WideMark.place(of: "A_0"), rows.factors)
      define(WideMark.place(of: "Y"), rows.results)
    }
    if let steps = cell.steps {
      define(WideMark.rows, steps.rows)
      define("L", steps.count)
      macros += steps.macros
      for (name, operand) in steps.reads + [("X_ALL", steps.sums)] { read(name, operand) }
      for (name, operand) in steps.writes { write(name, operand) }
    }
    if cell.rows?.areAligned == false || cell.steps?.areAligned == false {
      define(WideMark.unaligned, 1)
    }
  }

  func has(_ macro: String) -> Bool { macros.contains { $0.name == macro } }
}
