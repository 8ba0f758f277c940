package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How methods are written, and what is refused. */
final class MethodTest {
  private static String refusal(String spec) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Method.parse(spec)).getMessage();
    assertTrue(message.lines().count() == 1, message);
    return message;
  }

  /** Without this a misspelt method, key or value would run as something else. */
  @Test
  void refusesWhatItDoesNotKnow() {
    assertTrue(refusal("gzap").startsWith("unknown method 'gzap'; available: "));
    assertTrue(refusal("gzap").contains("gzip"));
    assertTrue(
        refusal("gzip:lvl=3")
            .startsWith("method 'gzip' has no key 'lvl'; available: level=1..9, engine="));
    assertTrue(refusal("none:lvl=3").endsWith("available: encoders=1..64"));
    assertEquals(
        "method 'gzip': bad value '11' for key 'level'; it takes 1..9", refusal("gzip:level=11"));
    assertEquals(
        "method 'gzip': bad value 'six' for key 'level'; it takes 1..9", refusal("gzip:level=six"));
    assertEquals("method 'gzip': expected key=value, found 'level'", refusal("gzip:level"));
    assertEquals("method 'gzip': expected key=value, found ''", refusal("gzip:"));
    assertEquals("method 'gzip': key 'level' is given twice", refusal("gzip:level=1,level=2"));
    assertTrue(refusal("").startsWith("unknown method ''"));
    assertTrue(refusal("gzip+").startsWith("unknown method ''"));
  }

  /** Without this a user would have to guess which of two rules for the cache a size breaks. */
  @Test
  void saysWhichRuleASizeBreaks() {
    for (String direct : new String[] {"xbzrle:cache=100MiB", "delta:cache=12KiB,policy=direct"}) {
      assertTrue(
          refusal(direct)
              .endsWith(
                  "it takes a power of two from 4KiB to 1024GiB, as a direct map needs, or"
                      + " unlimited"),
          refusal(direct));
    }
    assertEquals(
        "method 'delta': bad value '5KiB' for key 'cache'; it takes a multiple of 4KiB up to"
            + " 1024GiB, or unlimited",
        refusal("delta:cache=5KiB"));
    assertTrue(refusal("remus:cache=2048GiB").contains("a multiple of 4KiB up to 1024GiB"));
    // 2^64 bytes and 1 GiB more, which are 1 GiB to who forgets the carry.
    assertEquals(
        "method 'prefix': bad value '17179869185GiB' for key 'history'; it takes unlimited|SIZE",
        refusal("prefix:history=17179869185GiB"));
    // 2^34 + 1 GiB, of which 64 bits hold 1 GiB.
    assertTrue(refusal("delta:cache=17179869185GiB").contains("'17179869185GiB' for key 'cache'"));
    Method.parse("delta:cache=100MiB");
    Method.parse("xbzrle:cache=128MiB");
  }

  /** Without this a receiver would load what a sender names, though its user did not allow that. */
  @Test
  void knowsALibraryAmongTheStagesOfAnother() {
    for (String spec :
        List.of(
            "native:lib=x.so",
            "zero+native:lib=x.so",
            "auto:stages=zero/native:lib=x.so;level=3,link=1Mbit",
            "delta:encoding=xor+auto:stages=none/auto:stages=native:lib=x.so")) {
      assertTrue(Method.runsForeignCode(spec), spec);
    }
    for (String spec : List.of("zero+auto", "auto:stages=zero/lz4:level=1,link=1Mbit")) {
      assertFalse(Method.runsForeignCode(spec), spec);
    }
  }

  /** Without this a stage that nothing can reach would stand in results. */
  @Test
  void refusesAStageBehindOneThatSettlesEverything() {
    assertEquals(
        "method 'none+gzip': 'none' settles every page, so nothing can stand behind it",
        refusal("none+gzip"));
    assertEquals(
        "method 'gzip:scope=checkpoint+gzip': 'gzip' settles every page, so nothing can stand"
            + " behind it",
        refusal("gzip:scope=checkpoint+gzip"));
  }

  /** Without this a user could believe in threads that are not there. */
  @Test
  void refusesSeveralEncodersWhereTheyWouldChangeTheBytes() {
    assertEquals(3, Method.parse("zero+lz4:encoders=3").encoders());
    assertEquals(1, Method.parse("zero+lz4").encoders());
    assertEquals(1, Method.parse("gzip:scope=checkpoint,encoders=1").encoders());
    assertEquals(
        "method 'zero+gzip:scope=checkpoint,encoders=2': encoders=2 is not possible with"
            + " 'gzip:scope=checkpoint,encoders=2': its encoding runs over many pages of a"
            + " checkpoint",
        refusal("zero+gzip:scope=checkpoint,encoders=2"));
    assertEquals(
        "method 'zero:encoders=2+lz4:encoders=3': key 'encoders' is for the whole method, but is"
            + " given as 2 and 3",
        refusal("zero:encoders=2+lz4:encoders=3"));
    assertEquals(
        "method 'lz4:encoders=65': bad value '65' for key 'encoders'; it takes 1..64",
        refusal("lz4:encoders=65"));
  }
}
