package emulha.codecs.delta;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Differences} in vectors of 32 bytes, as AVX2 has. */
final class VectorDifferences extends Differences {
  private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_256;

  @Override
  public String binding() {
    return "java (256-bit vectors)";
  }

  @Override
  public long mask(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ~(equal(a, aOffset, b, bOffset) | equal(a, aOffset + 32, b, bOffset + 32) << 32);
  }

  private static long equal(byte[] a, int aOffset, byte[] b, int bOffset) {
    return ByteVector.fromArray(SPECIES, a, aOffset)
        .compare(VectorOperators.EQ, ByteVector.fromArray(SPECIES, b, bOffset))
        .toLong();
  }
}
