/// Which tags are one axis: union-find over axes of inputs that operators have put on top of each
/// other (two inputs that are added share their time axis).
struct TagClasses: Sendable {
  private var parents: [AxisTag] = []
  /// What each tag stands for.
  private(set) var origins: [Origin] = []

  /// An axis of an input of the network.
  struct Origin: Hashable, Sendable {
    var input: Int
    var axis: Int
  }

  mutating func makeTag(_ origin: Origin) -> AxisTag {
    let tag = AxisTag(number: parents.count)
    parents.append(tag)
    origins.append(origin)
    return tag
  }

  /// The tag that stands for the class of `tag`.
  func representative(of tag: AxisTag) -> AxisTag {
    var tag = tag
    while parents[tag.number] != tag { tag = parents[tag.number] }
    return tag
  }

  mutating func unite(_ a: AxisTag, _ b: AxisTag) {
    let (a, b) = (representative(of: a), representative(of: b))
    if a != b { parents[max(a, b).number] = min(a, b) }
  }

  /// All tags of the class of `tag`.
  func members(of tag: AxisTag) -> Set<AxisTag> {
    let representative = representative(of: tag)
    return Set(
      parents.indices.map { AxisTag(number: $0) }
        .filter { self.representative(of: $0) == representative })
  }

  /// The axis of input `input` that belongs to `tags`.
  func axis(ofInput input: Int, in tags: Set<AxisTag>) -> Int? {
    tags.map { origins[$0.number] }.filter { $0.input == input }.map(\.axis).min()
  }
}
