import CKernels
import SluiceBackends

/// What one step needs beside the slots: scratch for the streams that step together, workspace, and
/// room for addresses.
@safe final class Worker: @unchecked Sendable {
  let lanes: Int
  private let scratch: AlignedBytes
  private let scratchStride: Int
  private let workspace: AlignedBytes
  private let bases: UnsafeMutableBufferPointer<UnsafePointer<UnsafeMutablePointer<CChar>?>?>
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>
  private let rows: UnsafeMutableBufferPointer<UnsafePointer<UnsafeMutableRawPointer?>?>

  /// - Throws: `limit` if the system has no memory left.
  init(_ map: MemoryMap, operandLimit: Int) throws(BackendError) {
    lanes = map.lanes
    guard let stride = AlignedBytes.aligned(map.plan.scratchByteCount) else {
      throw BackendError(.limit, "the plan's scratch is beyond any memory")
    }
    scratchStride = stride
    scratch = try AlignedBytes(count: stride * map.lanes)
    workspace = try AlignedBytes(count: map.workspaceByteCount)
    unsafe bases = .allocate(capacity: map.lanes)
    unsafe pointers = .allocate(capacity: map.lanes * operandLimit)
    unsafe rows = .allocate(capacity: map.lanes)
    unsafe bases.initialize(repeating: nil)
    unsafe pointers.initialize(repeating: nil)
    for lane in 0..<map.lanes {
      let row = unsafe pointers.baseAddress.map { unsafe $0 + lane * operandLimit }
      unsafe rows.initializeElement(at: lane, to: row.map { unsafe UnsafePointer($0) })
    }
  }

  deinit {
    unsafe bases.deallocate()
    unsafe pointers.deallocate()
    unsafe rows.deallocate()
  }

  /// Gives a slot's table of bases a lane's scratch and the workspace.
  func enter(_ table: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, lane: Int) {
    let start = unsafe scratch.start + lane * scratchStride
    unsafe table[1] = start.assumingMemoryBound(to: CChar.self)
    unsafe table[2] = workspace.start.assumingMemoryBound(to: CChar.self)
    unsafe bases[lane] = UnsafePointer(table)
  }

  /// The first `count` lanes.
  func streams(_ count: Int) -> sluice_streams {
    unsafe sluice_streams(count: Int64(count), bases: bases.baseAddress, rows: rows.baseAddress)
  }
}
