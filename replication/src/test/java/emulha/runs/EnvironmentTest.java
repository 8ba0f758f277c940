package emulha.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What the manifest says of the program. A release that is unpacked inside a repository of other
 * things, such as a paper's, would otherwise give that repository's commit for its own.
 */
@Isolated
final class EnvironmentTest {
  private final Map<String, String> before = new HashMap<>();

  private void set(String name, String value) {
    before.put(name, System.getProperty(name, ""));
    System.setProperty(name, value);
  }

  @AfterEach
  void restore() {
    before.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }

  @Test
  void saysWhatAReleaseWasBuiltFrom() {
    set("emulha.commit", "0123abc");
    set("emulha.edited", "");
    Environment environment = Environment.here();
    assertEquals("0123abc", environment.program().gitCommit());
    assertEquals(false, environment.program().gitEdited());
  }

  @Test
  void saysThatAReleaseWasBuiltFromEditedFiles() {
    set("emulha.commit", "0123abc");
    set("emulha.edited", "true");
    assertEquals(true, Environment.here().program().gitEdited());
  }

  /** This test stands in a checkout, whose commit must not be taken. */
  @Test
  void takesNoOthersCommitWhereAReleaseKnowsNone() {
    set("emulha.commit", "");
    Environment environment = Environment.here();
    assertNull(environment.program().gitCommit());
    assertNull(environment.program().gitEdited());
  }

  /** Sweeps guard against another environment, and reports show it, by these names. */
  @Test
  void partsStandSideBySide() throws JsonProcessingException {
    assertEquals(
        List.of(
            "gitCommit",
            "gitEdited",
            "jdk",
            "jvmFlags",
            "aotCache",
            "cpu",
            "cpuGovernor",
            "processors",
            "memoryBytes",
            "kernel",
            "tcpCongestionControl",
            "libraries"),
        new ObjectMapper()
            .readTree(Environment.here().toJson())
            .propertyStream()
            .map(Map.Entry::getKey)
            .toList());
  }
}
