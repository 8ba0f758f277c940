package emulha.papers;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import emulha.analysis.measures.Facts;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A claim of a paper, as its data file has it.
 *
 * @param id unique in the file
 * @param section the paper's section, table or figure
 * @param statement what the paper says, in our words
 * @param number the paper's number, as it prints it, or {@link #QUALITATIVE}
 * @param determinedBy what decides it
 * @param input what of it is put into a synthetic trace, so that a test on one proves nothing; or
 *     {@link #NOTHING}
 * @param tests what must be so; the claim holds if all are. Empty if it cannot be tested
 * @param note how to read our number; may be empty
 * @param cannot why it cannot be tested with this program, or null
 */
record Claim(
    String id,
    String section,
    String statement,
    String number,
    @JsonProperty("determined_by") Basis determinedBy,
    String input,
    List<Test> tests,
    String note,
    @Nullable String cannot) {
  /** In place of a number: the paper gives none. */
  static final String QUALITATIVE = "qualitative";

  /** Nothing of a claim is input. */
  static final String NOTHING = "nothing";

  Claim {
    tests = List.copyOf(tests);
    if (tests.isEmpty() == (cannot == null)) {
      throw new IllegalArgumentException(id + ": either tests or a reason why there are none");
    }
  }

  /** What a claim is decided by. A synthetic trace is calibrated to all but the machine. */
  enum Basis {
    /** The paper's own recordings, which are not public: others can neither confirm nor refute. */
    @JsonProperty("recordings")
    RECORDINGS,
    /** Which and how many pages are written. */
    @JsonProperty("sizes")
    SIZES,
    /** What is in the pages. */
    @JsonProperty("content")
    CONTENT,
    /** The machine and the program: time, CPU, memory. */
    @JsonProperty("machine")
    MACHINE
  }

  /**
   * Something that must be so.
   *
   * @param what the quantity in words
   * @param table name of the table
   * @param value its column
   * @param over the settings that the claim speaks of: by column, values as in {@code where}; of
   *     each combination there must be a result, or nothing is decided
   * @param where which rows: by column a text with *, a list of such, a number, or {@code min} and
   *     {@code max}
   * @param against the rows that these are set against: what differs from {@code where}; or null
   * @param pairedOn columns that a row and the one it is set against have in common
   * @param as how they are set against each other
   * @param of how many rows' values decide
   * @param scale the values times this are in {@code unit}
   * @param unit unit of {@code min} and {@code max}
   * @param min smallest value expected, or null
   * @param max largest value expected, or null
   * @param fewestCheckpoints a recording with fewer checkpoints is no evidence, for it shows less
   *     than a phase of its workload, or a cache still empty; null for {@link #FEWEST_CHECKPOINTS}
   */
  record Test(
      String what,
      String table,
      String value,
      Map<String, List<JsonNode>> over,
      Map<String, JsonNode> where,
      @Nullable Map<String, JsonNode> against,
      @JsonProperty("paired_on") @Nullable List<String> pairedOn,
      @Nullable As as,
      Of of,
      double scale,
      String unit,
      @Nullable Double min,
      @Nullable Double max,
      @JsonProperty("fewest_checkpoints") @Nullable Integer fewestCheckpoints) {
    /** What a recording needs to have where a test does not say. */
    static final int FEWEST_CHECKPOINTS = 10;

    Test {
      if (against == null != (as == null) || (against == null) != (pairedOn == null)) {
        throw new IllegalArgumentException(what + ": against, as and paired_on go together");
      }
      Set<String> columns = new HashSet<>(over.keySet());
      columns.addAll(where.keySet());
      columns.add(value);
      if (against != null && pairedOn != null) {
        columns.addAll(against.keySet());
        columns.addAll(pairedOn);
      }
      Facts.require(table, columns);
      if (min == null && max == null) {
        throw new IllegalArgumentException(what + ": nothing is expected");
      }
    }
  }

  /** How a value is set against another. */
  enum As {
    /** The value divided by the other. */
    @JsonProperty("ratio")
    RATIO,
    /** The value less the other. */
    @JsonProperty("difference")
    DIFFERENCE
  }

  /** How many rows' values decide. */
  enum Of {
    /** All must be as expected. */
    @JsonProperty("each")
    EACH,
    /** More than half must be. */
    @JsonProperty("most")
    MOST,
    /** One must be. */
    @JsonProperty("some")
    SOME,
    /** The smallest must be. */
    @JsonProperty("min")
    MIN,
    /** The largest must be. */
    @JsonProperty("max")
    MAX
  }
}
