import CMalloc
import SluiceServing

/// Gives memory that was freed back to the system, which glibc's allocator may keep for ever: what a crowd
/// of clients needed is not held when they have gone.
struct FreedMemory {
  private static let interval = Duration.seconds(10)

  /// The least that was idle since memory was last given back, in bytes. (What is given back still counts as
  /// idle: the system has its pages, the allocator its addresses.)
  private var leastIdle = Int.max

  /// Looks now and then, until the task is cancelled.
  static func giveBack() async {
    var memory = FreedMemory()
    while (try? await Task.sleep(for: interval)) != nil {
      // Meanwhile nobody allocates from the part of the heap that is looked through: milliseconds, and only
      // after a crowd.
      memory = await onOwnThread { [memory] in memory.looked() }
    }
  }

  private func looked() -> FreedMemory {
    let now = mallinfo2()
    var next = self
    next.leastIdle = min(leastIdle, now.fordblks)
    // More than a server of live streams frees and takes again all the time.
    if now.fordblks - next.leastIdle > max(1 << 20, now.uordblks / 20) {
      malloc_trim(0)
      next.leastIdle = mallinfo2().fordblks
    }
    return next
  }
}
