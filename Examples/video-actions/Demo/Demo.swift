// Plays clips through the video-actions network, one frame at a time, and prints what it thinks after
// each frame.
//
//     VideoActionsDemo MODEL LABELS.txt CLIP.npz…
//
// It uses the library as any program would: load a model, open a session, step frames.

import Glibc
import Sluice

@main
struct Demo {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count > 2 else {
      complain("usage: VideoActionsDemo MODEL LABELS.txt CLIP.npz…")
      exit(2)
    }
    do {
      var player = try Player(model: arguments[1], labels: arguments[2])
      for clip in arguments.dropFirst(2) { try player.play(clip) }
      player.printLatency()
    } catch {
      complain("VideoActionsDemo: error: \(error)")
      exit(3)
    }
  }
}

/// Writes a line to standard error.
private func complain(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
