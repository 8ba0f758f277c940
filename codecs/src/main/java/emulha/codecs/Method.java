package emulha.codecs;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A compression method: an immutable pipeline of stages, written {@code stage+stage}, each stage
 * {@code name:key=value,…}. What a stage does not settle goes to the next, and after the last it
 * goes whole.
 */
public final class Method {
  private final String spec;
  private final List<Stage> stages;

  private Method(String spec, List<Stage> stages) {
    this.spec = spec;
    this.stages = stages;
  }

  /**
   * Reads a method's description.
   *
   * @throws IllegalArgumentException if a name, key, value or combination is not known; the message
   *     lists what is
   */
  public static Method parse(String spec) {
    List<Stage> stages = new ArrayList<>();
    Set<Block.Kind> given = EnumSet.of(Block.Kind.PAGE);
    String before = "";
    for (String part : spec.split("\\+", -1)) {
      String name = part.contains(":") ? part.substring(0, part.indexOf(':')) : part;
      StageProvider provider = Stages.named(name);
      Stage stage = provider.create(new Arguments(provider, keyValues(part, name)));
      if (given.isEmpty()) {
        throw new IllegalArgumentException(
            "method '%s': '%s' settles every page, so nothing can stand behind it"
                .formatted(spec, before));
      }
      if (!stage.accepts().containsAll(given)) {
        throw new IllegalArgumentException(
            "method '%s': '%s' takes %s, but is handed %s%s"
                .formatted(
                    spec,
                    name,
                    kinds(stage.accepts()),
                    kinds(given),
                    before.isEmpty() ? "" : " by '" + before + "'"));
      }
      stages.add(stage);
      given = stage.handsOn(given);
      before = name;
    }
    return new Method(spec, List.copyOf(stages));
  }

  private static String kinds(Set<Block.Kind> kinds) {
    return kinds.stream()
        .sorted()
        .map(
            kind ->
                switch (kind) {
                  case PAGE -> "pages";
                  case CHUNK -> "chunks";
                  case RESIDUE -> "XOR residues";
                })
        .collect(Collectors.joining(" and "));
  }

  private static Map<String, String> keyValues(String part, String name) {
    var values = new LinkedHashMap<String, String>();
    if (part.length() == name.length()) {
      return values;
    }
    for (String pair : part.substring(name.length() + 1).split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0 || equals == pair.length() - 1) {
        throw new IllegalArgumentException(
            "method '%s': expected key=value, found '%s'".formatted(name, pair));
      }
      if (values.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(
            "method '%s': key '%s' is given twice".formatted(name, pair.substring(0, equals)));
      }
    }
    return values;
  }

  /** The description as given. */
  public String spec() {
    return spec;
  }

  /** The stages in order. */
  public List<Stage> stages() {
    return stages;
  }

  /** What encoders of this method count. */
  public Set<Counter> counters() {
    Set<Counter> all = EnumSet.of(Counter.WHOLE_PAGES);
    stages.forEach(stage -> all.addAll(stage.counters()));
    return all;
  }

  /** Whether the receiver holds zeros where the guest held pages free. */
  public boolean excludesFreePages() {
    return stages.stream().anyMatch(Stage::excludesFreePages);
  }

  /** Implementation behind each stage, joined by {@code +}. */
  public String binding() {
    return stages.stream().map(Stage::binding).collect(Collectors.joining("+"));
  }

  /**
   * Makes the sender's half.
   *
   * @param ramPages number of page frames of each VM
   * @param sink takes the encoded bytes
   */
  public CheckpointEncoder newEncoder(long[] ramPages, FrameSink sink) {
    return new PipelineEncoder(this, ramPages.clone(), sink);
  }

  /**
   * Makes the receiver's half.
   *
   * @param ramPages number of page frames of each VM
   * @param previous the fail-over images before each checkpoint
   */
  public CheckpointDecoder newDecoder(long[] ramPages, PreviousPages previous) {
    return new PipelineDecoder(this, ramPages.clone(), previous);
  }

  @Override
  public String toString() {
    return spec;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Method method && method.spec.equals(spec);
  }

  @Override
  public int hashCode() {
    return spec.hashCode();
  }
}
