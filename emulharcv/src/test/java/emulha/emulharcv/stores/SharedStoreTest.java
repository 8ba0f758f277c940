package emulha.emulharcv.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Receivers that shared a place would each refuse, or overwrite, what another left. */
final class SharedStoreTest {
  @ParameterizedTest
  @CsvSource({
    "file, file:/place",
    "criu, criu:/place",
    "criu-naive, criu-naive:/place",
    "redis://h:1, redis://h:1?prefix=emulha-p1",
    "redis://h:1?prefix=x, redis://h:1?prefix=x-p1",
    "redis://h:1?password-file=f@g, redis://h:1?password-file=f@g&prefix=emulha-p1",
    "redis://h:1?prefix=x&password-file=f, redis://h:1?prefix=x-p1&password-file=f",
  })
  void eachReceiverHasAPlaceOfItsOwn(String text, String option) {
    SharedStore store = SharedStore.parse(text);
    assertEquals(Optional.of(option), store.of("p1", "/place"));
    assertEquals(text, store.toString());
    assertEquals(store, SharedStore.parse(text));
    assertEquals(store.kind(), StoreLocation.parse(option).kind());
  }

  @Test
  void ramTakesNoOption() {
    assertEquals(SharedStore.RAM, SharedStore.parse("ram"));
    assertEquals(Optional.empty(), SharedStore.RAM.of("p1", "/place"));
  }

  /** A password would be kept with the results. */
  @Test
  void refusesPasswordsAndWhatIsNoStore() {
    for (String text : new String[] {"redis://u:p@h:1", "redis://:p@h:1/0?prefix=x"}) {
      var e = assertThrows(IllegalArgumentException.class, () -> SharedStore.parse(text));
      assertTrue(e.getMessage().startsWith("holds a password"), e.getMessage());
    }
    for (String text :
        new String[] {
          "disk",
          "file:/tmp",
          "ram:",
          "redis://",
          "redis://h",
          "redis://h:0",
          "redis://h:1/name",
          "redis://h:1#x",
          "redis://h:1?prefix=a:b",
          "redis://h:1?what=x",
        }) {
      var e = assertThrows(IllegalArgumentException.class, () -> SharedStore.parse(text));
      assertTrue(e.getMessage().startsWith("is ram, file, "), e.getMessage());
      assertTrue(e.getMessage().contains(" redis://HOST:PORT"), e.getMessage());
      assertTrue(e.getMessage().endsWith(" or criu-naive, not " + text), e.getMessage());
    }
  }
}
