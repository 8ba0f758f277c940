package emulha.papers;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import emulha.analysis.measures.Estimate;
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
 * @param said what the paper says
 * @param determinedBy what decides it
 * @param input what of it is put into a synthetic trace, so that a test on one proves nothing; or
 *     {@link #NOTHING}
 * @param tests what must be so; the claim holds if all are. Empty if it cannot be tested
 * @param note how to read our number; may be empty
 * @param cannot why it cannot be tested with this program, or null
 */
record Claim(
    String id,
    @JsonUnwrapped Said said,
    Basis determinedBy,
    String input,
    List<Test> tests,
    String note,
    @Nullable String cannot) {
  /** In place of a number: the paper gives none. */
  static final String QUALITATIVE = "qualitative";

  /** Nothing of a claim is input. */
  static final String NOTHING = "nothing";

  /**
   * What a paper says.
   *
   * @param section the paper's section, table or figure
   * @param statement the statement, in our words
   * @param number the paper's number, as it prints it, or {@link #QUALITATIVE}
   */
  record Said(String section, String statement, String number) {}

  Claim {
    tests = List.copyOf(tests);
    if (tests.isEmpty() == (cannot == null)) {
      throw new IllegalArgumentException(id + ": either tests or a reason why there are none");
    }
  }

  /** What a claim is decided by. A synthetic trace is calibrated to all but the machine. */
  enum Basis {
    /** The paper's own recordings, which are not public: others can neither confirm nor refute. */
    RECORDINGS,
    /** Which and how many pages are written. */
    SIZES,
    /** What is in the pages. */
    CONTENT,
    /** The machine and the program: time, CPU, memory. */
    MACHINE
  }

  /** Something that must be so of a quantity, in some rows, which may be set against others. */
  record Test(
      @JsonUnwrapped Quantity quantity,
      @JsonUnwrapped Rows rows,
      @JsonUnwrapped Pairing pairing,
      @JsonUnwrapped Expected expected) {
    Test {
      Map<String, JsonNode> against = pairing.against();
      List<String> pairedOn = pairing.pairedOn();
      if (against == null != (pairing.as() == null) || (against == null) != (pairedOn == null)) {
        throw new IllegalArgumentException(
            quantity.what() + ": against, as and paired_on go together");
      }
      Set<String> columns = new HashSet<>(rows.over().keySet());
      columns.addAll(rows.where().keySet());
      columns.add(quantity.value());
      if (against != null && pairedOn != null) {
        columns.addAll(against.keySet());
        columns.addAll(pairedOn);
      }
      Facts.require(quantity.table(), columns);
      if (expected.min() == null && expected.max() == null) {
        throw new IllegalArgumentException(quantity.what() + ": nothing is expected");
      }
    }
  }

  /**
   * A quantity.
   *
   * @param what it in words
   * @param table name of the table
   * @param value its column
   * @param scale the values times this are in {@code unit}
   * @param unit unit of what is expected
   */
  record Quantity(String what, String table, String value, double scale, String unit) {}

  /**
   * Rows of a table.
   *
   * @param over the settings that the claim speaks of: by column, values as in {@code where}; of
   *     each combination there must be a result, or nothing is decided
   * @param where which rows: by column a text with *, a list of such, a number, or {@code min} and
   *     {@code max}
   * @param fewestCheckpoints a recording with fewer checkpoints is no evidence, for it shows less
   *     than a phase of its workload, or a cache still empty; null for {@link #FEWEST_CHECKPOINTS}
   */
  record Rows(
      Map<String, List<JsonNode>> over,
      Map<String, JsonNode> where,
      @Nullable Integer fewestCheckpoints) {
    /** What a recording needs to have where a test does not say. */
    static final int FEWEST_CHECKPOINTS = 10;
  }

  /**
   * What rows are set against; null where they are not.
   *
   * @param against the rows: what differs from {@code where}
   * @param pairedOn columns that a row and the one it is set against have in common
   * @param as how they are set against each other
   */
  record Pairing(
      @Nullable Map<String, JsonNode> against, @Nullable List<String> pairedOn, @Nullable As as) {}

  /**
   * What is expected.
   *
   * @param of how many rows' values decide
   * @param min smallest value expected, or null
   * @param max largest value expected, or null
   */
  record Expected(Of of, @Nullable Double min, @Nullable Double max) {
    /** Whether a value is as expected wherever in its interval it is. */
    boolean inside(Estimate value) {
      return (min == null || value.low() >= min) && (max == null || value.high() <= max);
    }

    /** Whether it is not, wherever in its interval it is. */
    boolean outside(Estimate value) {
      return (min != null && value.high() < min) || (max != null && value.low() > max);
    }
  }

  /** How a value is set against another. */
  enum As {
    /** The value divided by the other. */
    RATIO,
    /** The value less the other. */
    DIFFERENCE
  }

  /** How many rows' values decide. */
  enum Of {
    /** All must be as expected. */
    EACH,
    /** More than half must be. */
    MOST,
    /** One must be. */
    SOME,
    /** The smallest must be. */
    MIN,
    /** The largest must be. */
    MAX
  }
}
