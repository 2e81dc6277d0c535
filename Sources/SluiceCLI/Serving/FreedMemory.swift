import CMalloc
import SluiceServing

/// Gives memory that was freed back to the system, which glibc's allocator may keep for ever: what a crowd
/// of clients needed is not held when they have gone.
enum FreedMemory {
  private static let interval = Duration.seconds(10)

  /// Looks now and then, until the task is cancelled.
  static func giveBack() async {
    while (try? await Task.sleep(for: interval)) != nil {
      // It takes milliseconds, of which tasks have none to spare.
      await onOwnThread { if isMuch { malloc_trim(0) } }
    }
  }

  /// Whether more lies idle than a server of live streams frees and takes again all the time.
  private static var isMuch: Bool {
    let memory = mallinfo2()
    return memory.fordblks > max(4 << 20, memory.uordblks / 10)
  }
}
