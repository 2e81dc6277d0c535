import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// A matrix product with what follows it.
  mutating func product(
    _ view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [DeviceCall] {
    if try view.required(0).elementType != .float32 { return [try numberProduct(view, op)] }
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    let product = try ProductLayout(view, op)
    if let calls = wideProduct(view, product, activation) { return calls }
    var calls: [DeviceCall] = []
    let right = try rightMatrix(view, product, &calls)
    let hasOther = !product.isPlain && view.input(2) != nil && product.beta != 0
    let width =
      right.column == 1 && !(hasOther && product.cColumn > 1) ? form.width(product.columns) : 1
    let slope = slope(view, activation)
    let slopes = slope?.count == 1 ? "(VF)(slope[0])" : "VLOAD(slope + (c))"
    var call = DeviceCall(
      .file("product"),
      [
        "A_BATCH(b)": CText.offset("b", sizes: product.batch, strides: product.aBatch),
        "B_BATCH(b)": CText.offset("b", sizes: product.batch, strides: right.batch),
        "BATCH": count(product.batch), "A_ROW(r)": "(r) * \(product.aRow)",
        "A_COLUMN": product.aColumn, "B_ROW": right.row, "B_COLUMN": right.column,
        "ALPHA": CText.literal(product.alpha), "BETA": CText.literal(product.beta),
        "HAS_C": hasOther ? 1 : 0, "C_ROW": product.cRow, "C_COLUMN": product.cColumn,
        "ACTIVATE(v, c)": activate(activation, slope: slopes, width: width),
      ],
      reads: [
        view.operand(0), right.weights.values, product.plainBias,
        hasOther ? view.operand(2) : nil, slope?.operand, right.weights.scales,
      ], writes: [view.result()], width: width,
      note: "product \(product.rows) x \(product.columns) x \(product.depth)\(right.weights.note)")
    call.define(right.weights.precision)
    describe(&call, rows: product.rows, columns: product.columns, depth: product.depth, width)
    call.define("HAS_BIAS", product.plainBias == nil ? 0 : 1)
    return calls + [call]
  }

  /// Sizes and tiles.
  func describe(_ call: inout DeviceCall, rows: Int, columns: Int, depth: Int, _ width: Int) {
    let vectors = form.vectorLimit == 1 ? 1 : max(min(4, columns / width), 1)
    let tile = form.vectorLimit == 1 ? 1 : max(min(rows, 12 / vectors, 6), 1)
    call.define("ROWS", rows)
    call.define("N", columns)
    call.define("K", depth)
    call.define("RT", tile)
    call.define("CT", vectors)
  }

  /// B with neighbouring columns side by side: as it lies, or turned, now where it is known, else in
  /// the step where that pays.
  private mutating func rightMatrix(
    _ view: OperationView, _ product: ProductLayout, _ calls: inout [DeviceCall]
  ) throws(Fallback) -> (weights: WeightOperand, row: Int, column: Int, batch: [Int]) {
    let isTurned = product.bColumn != 1 && product.columns > 1
    let isKnown = view.input(1).flatMap(view.knownValue) != nil
    if isKnown, form.precision != .fp32, product.bBatch.allSatisfy({ $0 == 0 }) {
      let matrix = StridedBox(
        sizes: [product.depth, product.columns], strides: [product.bRow, product.bColumn])
      return (try weights(view, 1, matrix, &calls), product.columns, 1, product.bBatch)
    }
    guard isTurned, isKnown || form.vectorLimit > 1 && product.rows > 1 else {
      let own = WeightOperand(values: .buffer(try view.requiredBuffer(1)), precision: .fp32)
      return (own, product.bRow, product.bColumn, product.bBatch)
    }
    let matrix = StridedBox(
      sizes: product.batch + [product.depth, product.columns],
      strides: product.bBatch + [product.bRow, product.bColumn])
    let operand = try arranged(view, 1, matrix, &calls)
    let turned = WeightOperand(values: operand, precision: .fp32)
    return (turned, product.columns, 1, Array(rowMajorStrides(matrix.sizes).dropLast(2)))
  }

  /// Elements of float32 input `index` laid out densely: in a table where they are known, else copied
  /// into the workspace while the operation runs.
  mutating func arranged(
    _ view: OperationView, _ index: Int, _ box: StridedBox, _ calls: inout [DeviceCall]
  ) throws(Fallback) -> Operand {
    if let known = view.input(index).flatMap(view.knownValue) {
      return table(Tensor(box.elements(of: known.floats())))
    }
    let target = try reserve(count(box.sizes))
    var source = view.operand(index)
    source?.offset += 4 * box.offset
    calls.append(
      copyCall(source, box.strides, target, rowMajorStrides(box.sizes), box.sizes, .float32))
    return target
  }
}

/// Elements `offset + Σ i · strides` for the indices of `sizes`, row-major.
struct StridedBox {
  var sizes: [Int]
  var strides: [Int]
  var offset = 0

  func elements(of values: [Float]) -> [Float] {
    var positions = [offset]
    for (size, stride) in zip(sizes, strides) {
      positions = positions.flatMap { base in (0..<size).map { base + $0 * stride } }
    }
    return positions.map { values[$0] }
  }
}
