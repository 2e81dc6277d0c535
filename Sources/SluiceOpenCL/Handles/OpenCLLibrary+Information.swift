import COpenCL
import SluiceBackends

/// A device as its driver knows it. It lives as long as the process: nothing releases it.
@safe struct DeviceID: @unchecked Sendable {
  let raw: cl_device_id
}

/// Likewise a platform.
@safe struct PlatformID: @unchecked Sendable {
  let raw: cl_platform_id
}

extension OpenCLLibrary {
  /// What one of the `clGet…Info` functions answers, asked first for its size.
  ///
  /// - Parameter query: the call with everything but the last three arguments filled in.
  func information(
    _ call: OpenCLCall, _ subject: @autoclosure () -> CallSubject,
    _ query: (
      borrowing OpenCLFunctions, Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?
    ) -> Int32
  ) throws(BackendError) -> [UInt8] {
    var count = 0
    try check(call, subject()) { unsafe query($0, 0, nil, &count) }
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    try check(call, subject()) { functions in
      unsafe bytes.withUnsafeMutableBytes { unsafe query(functions, $0.count, $0.baseAddress, nil) }
    }
    return bytes
  }

  /// Likewise a text, without the zero that ends it and without spaces around it.
  func text(
    _ call: OpenCLCall, _ subject: @autoclosure () -> CallSubject,
    _ query: (
      borrowing OpenCLFunctions, Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?
    ) -> Int32
  ) throws(BackendError) -> String {
    let bytes = try unsafe information(call, subject(), query)
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).trimmingSpaces
  }

  /// - Returns: none where the loader knows no driver.
  func platforms() throws(BackendError) -> [PlatformID] {
    try unsafe list(.getPlatformIDs, CallSubject(), none: CL_PLATFORM_NOT_FOUND_KHR) {
      unsafe PlatformID(raw: $0)
    } _: {
      unsafe $0.getPlatformIDs($1, $2, $3)
    }
  }

  func name(of platform: PlatformID) throws(BackendError) -> String {
    try unsafe text(.getPlatformInfo, CallSubject()) {
      unsafe $0.getPlatformInfo(platform.raw, cl_platform_info(CL_PLATFORM_NAME), $1, $2, $3)
    }
  }

  func version(of platform: PlatformID) throws(BackendError) -> String {
    try unsafe text(.getPlatformInfo, CallSubject()) {
      unsafe $0.getPlatformInfo(platform.raw, cl_platform_info(CL_PLATFORM_VERSION), $1, $2, $3)
    }
  }

  /// - Returns: none where the driver finds no hardware.
  func devices(of platform: PlatformID, name: String) throws(BackendError) -> [DeviceID] {
    let subject = CallSubject(device: "platform \(name)")
    return try unsafe list(.getDeviceIDs, subject, none: CL_DEVICE_NOT_FOUND) {
      unsafe DeviceID(raw: $0)
    } _: {
      unsafe $0.getDeviceIDs(platform.raw, cl_device_type(CL_DEVICE_TYPE_ALL), $1, $2, $3)
    }
  }

  /// What a call lists: asked first for the number.
  ///
  /// - Parameter none: the status that says there is nothing to list.
  private func list<Item>(
    _ call: OpenCLCall, _ subject: CallSubject, none: Int32, _ wrap: (OpaquePointer) -> Item,
    _ query: (
      borrowing OpenCLFunctions, cl_uint, UnsafeMutablePointer<OpaquePointer?>?,
      UnsafeMutablePointer<cl_uint>?
    ) -> Int32
  ) throws(BackendError) -> [Item] {
    var count: cl_uint = 0
    do {
      try check(call, subject) { functions in unsafe query(functions, 0, nil, &count) }
    } catch  where (error.cause as? OpenCLStatus)?.code == none {
      return []
    }
    guard count > 0 else { return [] }
    var found = unsafe [OpaquePointer?](repeating: nil, count: Int(count))
    try check(call, subject) { functions in unsafe query(functions, count, &found, nil) }
    return unsafe found.compactMap { unsafe $0.map(wrap) }
  }
}

extension String {
  /// Without the spaces that drivers put around names.
  var trimmingSpaces: String {
    guard let end = lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(self[...end].drop { $0.isWhitespace })
  }
}
