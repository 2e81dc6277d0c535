import SluiceTracing
import Testing

@Suite("W3C Trace Context")
struct TraceContextTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let span = "b7ad6b7169203331"
  private static let parent = "00-\(trace)-\(span)-01"

  @Test(arguments: [
    (parent, true), ("00-\(trace)-\(span)-00", false),
    // Flags that mean nothing yet.
    ("00-\(trace)-\(span)-ff", true), ("00-\(trace)-\(span)-02", false),
    // Versions to come.
    ("01-\(trace)-\(span)-01", true), ("cc-\(trace)-\(span)-01-what-the-future-will-be", true),
    ("cc-\(trace)-\(span)-00-", false),
  ])
  func `a parent is read`(_ header: String, _ isSampled: Bool) throws {
    let context = try #require(TraceContext(parent: header))
    #expect(context.traceID == 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c)
    #expect(context.spanID == 0xb7ad_6b71_6920_3331)
    #expect(context.isSampled == isSampled)
    #expect(context.isRemote)
    #expect(context.parent == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
  }

  @Test(arguments: [
    "", "00", parent.uppercased(), " \(parent)", "\(parent) ", "\(parent)-", "\(parent),\(parent)",
    "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-001", "00-\(trace)-\(span)-0x",
    "00-\(trace)-\(span)", "00-\(trace)-\(span)-01-more", "ff-\(trace)-\(span)-01",
    "0-\(trace)-\(span)-01", "0g-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01.more",
    "cc-\(trace)-\(span)-01,cc-\(trace)-\(span)-01",
    "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
    "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span)0-01",
    "00-\(trace.dropLast())Z-\(span)-01", "00_\(trace)_\(span)_01", "00-\(span)-\(trace)-01",
    "00-\(trace)-\(span.dropLast())é-01", "00-+af7651916cd43dd8448eb211c80319c-\(span)-01",
  ])
  func `what is no parent is none`(_ header: String) {
    #expect(TraceContext(parent: header, state: "a=1") == nil)
  }

  @Test(arguments: [
    ("a=1", "a=1"), ("a=1,b=2", "a=1,b=2"), (" a=1 ,\t,, b=2\t", "a=1,b=2"), ("", ""),
    ("rojo=00f067aa0ba902b7,t61rcWkgMzE@x=1", ""), ("0tenant@a_-*/b=x y", "0tenant@a_-*/b=x y"),
    ("a=\(String(repeating: "x", count: 256))", "a=\(String(repeating: "x", count: 256))"),
    ("a=\(String(repeating: "x", count: 257))", ""),
    ("\(String(repeating: "k", count: 256))=1", "\(String(repeating: "k", count: 256))=1"),
    ("\(String(repeating: "k", count: 257))=1", ""),
    (
      "\(String(repeating: "t", count: 241))@\(String(repeating: "s", count: 14))=1",
      "\(String(repeating: "t", count: 241))@\(String(repeating: "s", count: 14))=1"
    ),
    ("\(String(repeating: "t", count: 242))@s=1", ""),
    ("t@\(String(repeating: "s", count: 15))=1", ""), ("a=1,a=2", ""), ("A=1", ""), ("1a=1", ""),
    ("a", ""), ("a=", ""), ("=1", ""), ("a=1=2", ""), ("a@=1", ""), ("@a=1", ""), ("a@b@c=1", ""),
    ("a =1", ""), ("a=é", ""), ("a=1;b", "a=1;b"), ("a=1;b=2", ""),
    (
      (0..<32).map { "k\($0)=1" }.joined(separator: ","),
      (0..<32).map { "k\($0)=1" }.joined(separator: ",")
    ),
    ((0..<33).map { "k\($0)=1" }.joined(separator: ","), ""),
  ])
  func `what other tracers say is kept, or is passed over as a whole`(
    _ header: String, _ state: String
  ) throws {
    let context = try #require(TraceContext(parent: Self.parent, state: header))
    #expect(context.state == state)
  }
}
