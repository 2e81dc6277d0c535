/// What the rewrite knows of one value of a sequence network.
struct StreamFact {
  /// The value of the step that stands for it.
  var value: ValueID
  /// Its axes in trial lengths, with tags for time and batch only.
  var layout: AxisLayout
  var pace: StreamPace
}

/// How a value of the step moves with the stream.
enum StreamPace {
  /// Does not depend on the position in the sequence: constants, states, inputs without a time axis.
  case steady
  /// Has a time axis: each step gives its next entries.
  case timed(Timing)
  /// Was selected at the end of the sequence: each step gives it anew, from `firstStep` on; `lag`
  /// frames behind the end of a whole sequence.
  case last(firstStep: Int, lag: Int)
}

/// The entries of a value with a time axis: at step i those numbered (i − firstStep) · entries and
/// following.
struct Timing {
  /// Entries a step.
  var entries: Int
  /// The first step whose entries belong to the sequence.
  var firstStep: Int
  /// A sequence of s steps has s · entries − missing entries in all: windows without padding and cut
  /// ends make it positive, padding negative. The newest entry at step i is the last of such a
  /// sequence if missing = firstStep · entries.
  var missing: Int
  /// Padding in time that no operator has consumed yet: entries around those that this describes.
  var pad = PendingPad()

  /// Entries that the newest one lies behind the end of a whole sequence; negative if the sequence's
  /// end was cut off.
  var lookahead: Int { firstStep * entries - missing }
}

/// Padding written into a network before a window. Kept apart from the value until a window reads
/// it, because on its own it would delay the stream.
struct PendingPad {
  var begin = 0
  var end = 0
  var fill = 0.0

  var isEmpty: Bool { begin == 0 && end == 0 }
}

/// A window over time: output entry j reads entries j · stride − begin and `span − 1` following ones.
struct TimeWindow {
  var span: Int
  var stride: Int
  var begin: Int
  var end: Int
  /// What entries before the sequence are.
  var fill: Double
}

func floorDivide(_ a: Int, _ b: Int) -> Int {
  let quotient = a / b
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
}

func ceilDivide(_ a: Int, _ b: Int) -> Int { -floorDivide(-a, b) }

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
