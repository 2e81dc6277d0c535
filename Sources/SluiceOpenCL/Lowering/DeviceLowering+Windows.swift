import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  func maxPool(_ view: OperationView, _ pool: Pool) throws(Fallback) -> [DeviceCall] {
    let type = try view.required(0).elementType
    guard type != .bool else { throw Fallback("no form for bool") }
    var call = try self.pool(view, pool, writes: [view.result(0), view.result(1)])
    call.define("AVERAGE", 0)
    call.define("T", type.deviceType)
    call.define("LOWEST", type.deviceLimits.least)
    call.define("COLUMN_MAJOR", pool.columnMajorIndices ? 1 : 0)
    return [call]
  }

  func averagePool(_ view: OperationView, _ pool: Pool) throws(Fallback) -> [DeviceCall] {
    _ = try view.requiredFloat(0)
    var call = try self.pool(view, pool, writes: [view.result()])
    call.define("AVERAGE", 1)
    call.define("T", "float")
    call.define("COUNT_PADDING", pool.countIncludePad ? 1 : 0)
    return [call]
  }

  private func pool(
    _ view: OperationView, _ pool: Pool, writes: [Operand?]
  ) throws(Fallback) -> DeviceCall {
    let shape = try view.required(0).shape
    guard (3...5).contains(shape.count) else {
      throw Fallback("no form for \(shape.count - 2) spatial axes")
    }
    let geometry = try Fallback.of { () throws(GraphError) in
      try WindowGeometry(pool, input: Array(shape[2...]))
    }
    var call = DeviceCall(
      .file("pool"), ["PLANES": shape[0] * shape[1]], reads: [view.operand(0)], writes: writes,
      note: "\(shape[0] * shape[1]) planes")
    let missing = 3 - geometry.axes.count
    for (index, name) in ["D", "H", "W"].enumerated() {
      let axis = index < missing ? nil : geometry.axes[index - missing]
      call.define("IN_\(name)", axis?.input ?? 1)
      call.define("OUT_\(name)", axis?.output ?? 1)
      call.define("KERNEL_\(name)", axis?.kernel ?? 1)
      call.define("STRIDE_\(name)", axis?.stride ?? 1)
      call.define("DILATION_\(name)", axis?.dilation ?? 1)
      call.define("BEGIN_\(name)", axis?.begin ?? 0)
      call.define("END_\(name)", axis?.end ?? 0)
    }
    return call
  }
}
