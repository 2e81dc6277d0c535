/// Class probabilities as bars, one line a class.
struct Bars {
  var labels: [String]
  /// One per label, 0 to 1.
  var probabilities: [Float]
  /// Characters of a bar that stands for 1.
  var width = 24

  var lines: [String] {
    let column = labels.map(\.count).max() ?? 0
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }
    return zip(labels, probabilities).enumerated().map { index, entry in
      let (label, probability) = entry
      let name = label + String(repeating: " ", count: column - label.count)
      let mark = index == best ? ">" : " "
      let drawn = bar(probability)
      return "\(mark) \(name) \(percent(probability))" + (drawn.isEmpty ? "" : " \(drawn)")
    }
  }

  /// The likeliest class, its probability and bar.
  var best: String {
    guard let index = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }),
      lines.indices.contains(index)
    else { return "" }
    return String(lines[index].dropFirst(2))
  }

  /// A bar in eighths of a character.
  private func bar(_ probability: Float) -> String {
    let share = probability > 0 ? min(probability, 1) : 0  // what is not a number has no bar
    let eighths = Int((share * Float(width * 8)).rounded())
    let rest = Array(" ▏▎▍▌▋▊▉")[eighths % 8]
    return String(repeating: "█", count: eighths / 8) + (eighths % 8 == 0 ? "" : String(rest))
  }
}

/// `  7%`, four characters.
func percent(_ probability: Float) -> String {
  let text = probability.isFinite ? "\(Int((probability * 100).rounded()))%" : "?"
  return String(repeating: " ", count: max(4 - text.count, 0)) + text
}
