package emulha.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClosingTest {
  // Left open, a connection would keep its peer waiting, and a guest would go on running.
  @Test
  void closesThoseBehindOneThatFails() {
    var closed = new ArrayList<String>();
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                Closing.all(
                    List.of("first", "second", "third"),
                    name -> {
                      closed.add(name);
                      if (!name.equals("third")) {
                        throw new IOException(name);
                      }
                    }));
    assertEquals(List.of("first", "second", "third"), closed);
    assertEquals("second", failure.getMessage());
  }
}
