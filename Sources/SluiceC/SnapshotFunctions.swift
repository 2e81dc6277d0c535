import CSluice
import Sluice

// The functions of sluice.h that take and put back what a stream carries; the header documents them.

@_cdecl("sluice_session_snapshot")
public func sluiceSessionSnapshot(
  _ handle: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ capacity: UInt,
  _ byteCount: UnsafeMutablePointer<Int>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let byteCount = try unsafe given(byteCount, "byte_count")
    let found = try unsafe SessionHandle.table.find(handle)
    let snapshot = try session { () throws(SessionError) in try found.session.snapshot() }.bytes
    unsafe byteCount.pointee = snapshot.count
    guard capacity >= snapshot.count else {
      throw LibraryError(
        SLUICE_CODE_TOO_SMALL, "the snapshot takes \(snapshot.count) bytes; found \(capacity)")
    }
    let target = try unsafe given(bytes, "bytes")
    unsafe snapshot.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: target, count: source.count)
        .copyMemory(from: source)
    }
  }
}

@_cdecl("sluice_session_restore")
public func sluiceSessionRestore(
  _ handle: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byteCount: UInt,
  _ isBitIdentical: UnsafeMutablePointer<Int32>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe SessionHandle.table.find(handle)
    let source = unsafe UnsafeRawBufferPointer(
      start: try given(bytes, "bytes"), count: try count(byteCount, "byte_count"))
    let report = try session { () throws(SessionError) in
      try found.session.restore(Snapshot(bytes: unsafe Array(source)))
    }
    unsafe isBitIdentical?.pointee = report.isBitIdentical ? 1 : 0
  }
}
