package emulha.codecs.delta;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Differences} in vectors of 32 bytes, as AVX2 has. */
final class VectorDifferences extends Differences {
  private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_256;

  VectorDifferences() {
    super("java (256-bit vectors)");
  }

  @Override
  public long mask(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ~(equal(a, aOffset, b, bOffset) | equal(a, aOffset + 32, b, bOffset + 32) << 32);
  }

  @Override
  long mask4(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ~(equalInts(a, aOffset, b, bOffset)
        | equalInts(a, aOffset + 32, b, bOffset + 32) << 8
        | equalInts(a, aOffset + 64, b, bOffset + 64) << 16
        | equalInts(a, aOffset + 96, b, bOffset + 96) << 24
        | equalInts(a, aOffset + 128, b, bOffset + 128) << 32
        | equalInts(a, aOffset + 160, b, bOffset + 160) << 40
        | equalInts(a, aOffset + 192, b, bOffset + 192) << 48
        | equalInts(a, aOffset + 224, b, bOffset + 224) << 56);
  }

  private static long equalInts(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ByteVector.fromArray(SPECIES, a, aOffset)
        .reinterpretAsInts()
        .compare(VectorOperators.EQ, ByteVector.fromArray(SPECIES, b, bOffset).reinterpretAsInts())
        .toLong();
  }

  private static long equal(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ByteVector.fromArray(SPECIES, a, aOffset)
        .compare(VectorOperators.EQ, ByteVector.fromArray(SPECIES, b, bOffset))
        .toLong();
  }
}
