import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A product of a wide layer: rows of factors and weights [sums, units, depth].
struct WideProduct {
  var factors: Operand?
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
  var products: [WideProduct]
  /// [sums, units], one row more where `keeps`.
  var starts: [Float]
}

extension DeviceLowering {
  /// Whether a layer of so many weights has launches of its own.
  ///
  /// - Parameter depth: terms of its longest sum.
  func isWide(_ weights: Int, depth: Int) -> Bool {
    guard let wide = form.wide else { return false }
    return 4 * weights >= wide.tuning.limit
      && (form.precision != .int8 || depth <= StoredWeights.longestSum)
  }

  /// - Parameters:
  ///   - reads, writes: operands of the cell by the macro that its file knows them by.
  mutating func wideCall(
    _ cell: WideCell, reads: [(String, Operand?)], writes: [(String, Operand?)],
    macros: [(name: String, value: String)], note: String
  ) -> DeviceCall {
    if matrixUse != nil {
      return matrixCall(cell, reads: reads, writes: writes, macros: macros, note: note)
    }
    let width = form.vectorLimit
    let step = form.wide?.unitStep ?? 1
    let padded = (cell.units + step - 1) / step * step
    var bound = reads
    for part in 0..<2 {
      let product = cell.products.indices.contains(part) ? cell.products[part] : nil
      bound.append(("A_\(part)", product?.factors))
      let packed = product.map {
        WidePacking(
          sums: cell.sums, units: cell.units, depth: $0.depth, paddedUnits: padded,
          precision: form.precision, hasVectors: width > 1
        ).pack($0.values)
      }
      bound.append(("W_\(part)", packed.map { table($0.weights) }))
      bound.append(("SCALE_\(part)", packed?.scales.map { table($0) }))
    }
    let rows = WidePacking(
      sums: cell.sums, units: cell.units, depth: 0, paddedUnits: padded, precision: .fp32,
      hasVectors: width > 1)
    bound.append(("START", table(Tensor(rows.padded(cell.starts)))))
    var call = DeviceCall(
      .wide(cell.file, operands: (bound + writes).map(\.0)),
      [
        "N": cell.units, "G": cell.sums, "PARTS": cell.products.count, "UNITS": padded,
        "KEEPS": cell.keeps ? 1 : 0, "K_0": cell.products[0].depth,
        "K_1": cell.products.count > 1 ? cell.products[1].depth : 0,
      ], reads: bound.map(\.1), writes: writes.map(\.1), width: width, note: note)
    call.define(form.precision)
    call.macros += macros
    return call
  }

  /// A product of one row with known weights; nil where it has no wide form.
  mutating func wideProduct(
    _ view: OperationView, _ product: ProductLayout, _ activation: ProductActivation?
  ) -> [DeviceCall]? {
    guard isWide(product.columns * product.depth, depth: product.depth),
      product.rows == 1, product.isPlain,
      count(product.batch) == 1, product.aColumn == 1, let weights = product.weights?.floats()
    else { return nil }
    var starts = [Float](repeating: 0, count: product.columns)
    if let bias = product.plainBias {
      guard let known = view.input(2).flatMap(view.knownValue), bias.offset == 0,
        known.count == product.columns
      else { return nil }
      starts = known.floats()
    }
    let slope = slope(view, activation)
    let width = wideWidth
    guard slope == nil || slope?.count == 1 || product.columns % width == 0 else { return nil }
    var values: [Float] = []
    values.reserveCapacity(product.columns * product.depth)
    for unit in 0..<product.columns {
      for term in 0..<product.depth {
        values.append(weights[term * product.bRow + unit * product.bColumn])
      }
    }
    let cell = WideCell(
      file: "product_step", sums: 1, units: product.columns,
      products: [WideProduct(factors: view.operand(0), depth: product.depth, values: values)],
      starts: starts)
    let slopes = slope?.count == 1 ? "(VF)(slope[0])" : "VLOAD(slope + (c))"
    let macro = (
      name: "ACTIVATE(v, c)", value: activate(activation, slope: slopes, width: width)
    )
    return [
      wideCall(
        cell, reads: [("SLOPE", slope?.operand)], writes: [("Y", view.result())], macros: [macro],
        note: "wide product \(product.columns) x \(product.depth)\(precisionNote)")
    ]
  }

  var precisionNote: String { form.precision == .fp32 ? "" : " in \(form.precision.rawValue)" }
}
