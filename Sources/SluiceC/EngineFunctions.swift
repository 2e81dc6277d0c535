import CSluice
import Sluice

// The functions of sluice.h that make and describe engines; the header documents them.

@_cdecl("sluice_error_message")
public func sluiceErrorMessage() -> UnsafePointer<CChar> { unsafe ThreadMessage.current }

@_cdecl("sluice_engine_load")
public func sluiceEngineLoad(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<sluice_options>?,
  _ engine: UnsafeMutablePointer<OpaquePointer?>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let path = unsafe String(cString: try given(path, "path"))
    let engine = try unsafe given(engine, "engine")
    let options = try unsafe LoadOptions(options)
    let made = try sluice { () throws(SluiceError) in
      try Engine(Model(path: path, options: options.network), options.engine)
    }
    unsafe engine.pointee = EngineHandle.table.add(EngineHandle(made, options: options.session))
  }
}

@_cdecl("sluice_engine_free")
public func sluiceEngineFree(_ engine: OpaquePointer?) -> sluice_code {
  answer { () throws(LibraryError) in
    _ = try unsafe EngineHandle.table.remove(engine)
  }
}

@_cdecl("sluice_engine_count_ports")
public func sluiceEngineCountPorts(
  _ engine: OpaquePointer?, _ inputs: UnsafeMutablePointer<Int>?,
  _ outputs: UnsafeMutablePointer<Int>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe EngineHandle.table.find(engine)
    unsafe inputs?.pointee = found.inputs.count
    unsafe outputs?.pointee = found.outputs.count
  }
}

@_cdecl("sluice_engine_describe_input")
public func sluiceEngineDescribeInput(
  _ engine: OpaquePointer?, _ index: UInt, _ port: UnsafeMutablePointer<sluice_port>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let ports = try unsafe EngineHandle.table.find(engine).inputs
    try unsafe describe(ports, index, "input", to: port)
  }
}

@_cdecl("sluice_engine_describe_output")
public func sluiceEngineDescribeOutput(
  _ engine: OpaquePointer?, _ index: UInt, _ port: UnsafeMutablePointer<sluice_port>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let ports = try unsafe EngineHandle.table.find(engine).outputs
    try unsafe describe(ports, index, "output", to: port)
  }
}

@_cdecl("sluice_engine_frames_per_step")
public func sluiceEngineFramesPerStep(
  _ engine: OpaquePointer?, _ frames: UnsafeMutablePointer<Int64>?
) -> sluice_code {
  answer { () throws(LibraryError) in
    let found = try unsafe EngineHandle.table.find(engine)
    try unsafe given(frames, "frames").pointee = Int64(found.engine.stepGraph.framesPerStep)
  }
}

private func describe(
  _ ports: [PortDescription], _ index: UInt, _ kind: String,
  to target: UnsafeMutablePointer<sluice_port>?
) throws(LibraryError) {
  let target = try unsafe given(target, "port")
  guard index < ports.count else {
    throw LibraryError(
      SLUICE_CODE_INVALID_ARGUMENT,
      "no \(kind) \(index): the network has \(ports.count), counted from 0")
  }
  unsafe target.pointee = ports[Int(index)].description
}
