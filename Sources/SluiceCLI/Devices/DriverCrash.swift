import Glibc

/// Drivers run inside the process. One that crashes while it is asked what it has ends the command
/// with a sentence and exit code 4 instead of a signal.
enum DriverCrash {
  /// Runs `body` with the signals of a crash caught.
  static func caught<Result>(_ body: () throws -> Result) rethrows -> Result {
    let signals = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT]
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in
      // Nothing here may allocate.
      let text = DriverCrash.sentence
      _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
      _exit(ExitStatus.deviceFailed.rawValue)
    }
    let former = signals.map { signal in
      var former = sigaction()
      unsafe sigaction(signal, &action, &former)
      return former
    }
    defer {
      for (index, signal) in signals.enumerated() {
        var former = former[index]
        unsafe sigaction(signal, &former, nil)
      }
    }
    return try body()
  }

  private static let sentence: StaticString = """
    sluice: error: an OpenCL driver crashed when it was asked for its devices; the loader takes \
    drivers from /etc/OpenCL/vendors or from where OCL_ICD_VENDORS says; \
    SLUICE_OPENCL_LIBRARY=none leaves them out

    """
}
