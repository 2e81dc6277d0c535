/// FP32 for an input of a frame, little-endian: small numbers, the same for everybody.
func frameValues(_ count: Int) -> [UInt8] {
  (0..<count).flatMap { place -> [UInt8] in
    let bits = (Float(place % 17) / 17 - 0.5).bitPattern
    return stride(from: UInt32(0), to: 32, by: 8).map { UInt8(truncatingIfNeeded: bits >> $0) }
  }
}
