import CSluice
import Sluice

// The functions of sluice.h that open, move and close sessions; the header documents them.

@_cdecl("sluice_session_open")
public func sluiceSessionOpen(
  _ engine: OpaquePointer?, _ handle: UnsafeMutablePointer<OpaquePointer?>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let handle = try unsafe given(handle, "session")
    let found = try unsafe EngineHandle.table.find(engine)
    let opened = try session { () throws(SessionError) in
      try found.engine.openSession(found.options)
    }
    unsafe handle.pointee = SessionHandle.table.add(SessionHandle(opened, found))
  }
}

@_cdecl("sluice_session_close")
public func sluiceSessionClose(_ handle: OpaquePointer?) -> sluice_code {
  answer { () throws(LibraryError) in
    try unsafe SessionHandle.table.remove(handle).session.close()
  }
}

@_cdecl("sluice_session_reset")
public func sluiceSessionReset(_ handle: OpaquePointer?) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe SessionHandle.table.find(handle)
    try session { () throws(SessionError) in try found.session.reset() }
  }
}

@_cdecl("sluice_session_step")
public func sluiceSessionStep(
  _ handle: OpaquePointer?, _ frame: UnsafePointer<Float>?, _ frameCount: UInt,
  _ output: UnsafeMutablePointer<Float>?, _ outputCount: UInt,
  _ isDue: UnsafeMutablePointer<Int32>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe SessionHandle.table.find(handle)
    let source = unsafe UnsafeBufferPointer(
      start: try given(frame, "frame"), count: try count(frameCount, "frame_count"))
    let target = unsafe UnsafeMutableBufferPointer(
      start: try given(output, "output"), count: try count(outputCount, "output_count"))
    let due = try session { () throws(SessionError) in
      var room = unsafe MutableSpan(_unsafeElements: target)
      return try found.session.step(unsafe Span(_unsafeElements: source), into: &room)
    }
    unsafe isDue?.pointee = due ? 1 : 0
  }
}

@_cdecl("sluice_session_step_all")
public func sluiceSessionStepAll(
  _ handle: OpaquePointer?, _ frame: UnsafePointer<sluice_frame>?, _ inputCount: UInt,
  _ results: UnsafeMutablePointer<sluice_result>?, _ outputCount: UInt
) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe SessionHandle.table.find(handle)
    let inputs = unsafe UnsafeBufferPointer(
      start: frame, count: try count(inputCount, frame == nil, found.engine.inputs, "input"))
    let outputs = unsafe UnsafeMutableBufferPointer(
      start: results, count: try count(outputCount, results == nil, found.engine.outputs, "output"))
    try unsafe found.checkSizes(of: outputs)
    let tensors = try unsafe found.tensors(inputs)
    let stepped = try session { () throws(SessionError) in try found.session.step(tensors) }
    unsafe found.write(stepped, to: outputs)
  }
}

/// The length of an array with one entry per port.
private func count(
  _ count: UInt, _ isNull: Bool, _ ports: [PortDescription], _ kind: String
) throws(LibraryError) -> Int {
  guard count == ports.count, count == 0 || !isNull else {
    throw LibraryError(
      SLUICE_CODE_INVALID_ARGUMENT,
      "the network has \(ports.count) \(kind)s; found "
        + (isNull ? "a null pointer" : "\(count)"))
  }
  return ports.count
}

extension SessionHandle {
  /// One tensor per input, by name.
  fileprivate func tensors(
    _ frames: UnsafeBufferPointer<sluice_frame>
  ) throws(LibraryError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (index, port) in engine.inputs.enumerated() {
      let frame = unsafe frames[index]
      let start = try unsafe given(frame.values, "values of input '\(port.name)'")
      guard unsafe frame.byte_count == port.byteCount else {
        throw LibraryError(
          SLUICE_CODE_FRAME_REFUSED,
          "a frame of '\(port.name)' has \(port.byteCount) bytes; found "
            + "\(unsafe frame.byte_count)")
      }
      let bytes = unsafe UnsafeRawBufferPointer(start: start, count: port.byteCount)
      tensors[port.name] = unsafe Tensor(
        elementType: port.elementType, shape: port.shape, bytes: bytes)
    }
    return tensors
  }

  fileprivate func checkSizes(
    of results: UnsafeMutableBufferPointer<sluice_result>
  ) throws(LibraryError) {
    for (index, port) in engine.outputs.enumerated() {
      let result = unsafe results[index]
      guard unsafe result.values == nil || result.byte_count == port.byteCount else {
        throw LibraryError(
          SLUICE_CODE_FRAME_REFUSED,
          "output '\(port.name)' has \(port.byteCount) bytes; found room for "
            + "\(unsafe result.byte_count)")
      }
    }
  }

  fileprivate func write(
    _ tensors: NamedTensors, to results: UnsafeMutableBufferPointer<sluice_result>
  ) {
    for (index, port) in engine.outputs.enumerated() {
      let tensor = tensors[port.name]
      unsafe results[index].is_due = tensor == nil ? 0 : 1
      guard let tensor, let target = unsafe results[index].values else { continue }
      unsafe tensor.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe target.copyMemory(from: start, byteCount: bytes.count)
      }
    }
  }
}
