/// Rows of text in columns as wide as their widest entry.
struct Table {
  /// The headings; empty for a table without a heading line.
  var headings: [String]
  /// Columns whose entries end at the same place: numbers.
  var rightAligned: Set<Int>
  var rows: [[String]] = []

  init(_ headings: [String] = [], rightAligned: Set<Int> = []) {
    self.headings = headings
    self.rightAligned = rightAligned
  }

  /// One line per row, two spaces between columns, nothing behind the last one.
  var lines: [String] {
    let all = headings.isEmpty ? rows : [headings] + rows
    let columns = all.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return all.map { row in
      let cells = row.enumerated().map { column, text in
        let fill = String(repeating: " ", count: widths[column] - text.count)
        return rightAligned.contains(column) ? fill + text : text + fill
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
