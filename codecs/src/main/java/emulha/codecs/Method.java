package emulha.codecs;

import emulha.memory.PageSize;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A compression method: an immutable pipeline of stages, written {@code stage+stage}, each stage
 * {@code name:key=value,…}. What a stage does not settle goes to the next, and after the last it
 * goes whole.
 */
public final class Method {
  /** The stage that sends pages as they are; a method that names no other has it. */
  public static final String NONE = "none";

  /** The key that every stage takes for the method as a whole. */
  public static final Parameter ENCODERS =
      new Parameter(
          "encoders",
          "1..64",
          "1",
          "encoder threads for the whole method; pages are shared out by frame number");

  private static final int MAX_ENCODERS = 64;

  private final String spec;
  private final List<Stage> stages;
  private final int encoders;
  private final int connections;

  private Method(String spec, List<Stage> stages, int encoders, int connections) {
    this.spec = spec;
    this.stages = stages;
    this.encoders = encoders;
    this.connections = connections;
  }

  /**
   * Reads a method's description.
   *
   * @throws IllegalArgumentException if a name, key, value or combination is not known; the message
   *     lists what is
   */
  public static Method parse(String spec) {
    List<Stage> stages = new ArrayList<>();
    List<String> parts = new ArrayList<>();
    Set<Block.Kind> given = EnumSet.of(Block.Kind.PAGE);
    String before = "";
    int encoders = 0;
    int connections = 0;
    for (String part : spec.split("\\+", -1)) {
      String name = stageName(part);
      StageProvider provider = Stages.named(name);
      Map<String, String> values = keyValues(part, name);
      encoders = encoders(spec, values.remove(ENCODERS.key()), encoders);
      Stage stage = provider.create(new Arguments(provider, values));
      if (stage.connections() > 0) {
        if (connections > 0) {
          throw refusal(spec, "'%s' is for the whole method, but is there twice".formatted(name));
        }
        connections = stage.connections();
        continue;
      }
      if (given.isEmpty()) {
        throw refusal(
            spec, "'%s' settles every page, so nothing can stand behind it".formatted(before));
      }
      if (!stage.accepts().containsAll(given)) {
        throw refusal(
            spec,
            "'%s' takes %s, but is handed %s%s"
                .formatted(
                    name,
                    kinds(stage.accepts()),
                    kinds(given),
                    before.isEmpty() ? "" : " by '" + before + "'"));
      }
      if (stage.excludesFreePages() && !stages.isEmpty()) {
        throw refusal(
            spec, "'%s' must come first, so that no stage sends what it excludes".formatted(name));
      }
      stages.add(stage);
      parts.add(part);
      given = stage.handsOn(given);
      before = name;
    }
    if (stages.isEmpty()) {
      var none = Stages.named(NONE);
      stages.add(none.create(new Arguments(none, Map.of())));
      parts.add(none.name());
    }
    return new Method(
        spec,
        List.copyOf(stages),
        encoders(spec, parts, stages, encoders),
        Math.max(1, connections));
  }

  /**
   * Whether a method of this text would run a program that the text names; none is run by asking.
   *
   * @throws IllegalArgumentException if a name is not known, or a value has no key
   */
  public static boolean runsForeignCode(String spec) {
    for (String part : spec.split("\\+", -1)) {
      String name = stageName(part);
      StageProvider provider = Stages.named(name);
      if (provider.runsForeignCode()
          || provider.stagesIn(keyValues(part, name)).stream().anyMatch(Method::runsForeignCode)) {
        return true;
      }
    }
    return false;
  }

  /** Name of the first stage of a method of this text, whether there is such a stage or not. */
  public static String firstStage(String spec) {
    return stageName(spec.split("\\+", 2)[0]);
  }

  private static String stageName(String part) {
    return part.contains(":") ? part.substring(0, part.indexOf(':')) : part;
  }

  /** The number of encoder threads after a stage's key has been seen; 0 = not given yet. */
  private static int encoders(String spec, @Nullable String value, int before) {
    if (value == null) {
      return before;
    }
    int encoders = value.matches("[0-9]{1,2}") ? Integer.parseInt(value) : 0;
    if (encoders < 1 || encoders > MAX_ENCODERS) {
      throw refusal(
          spec, "bad value '%s' for key 'encoders'; it takes 1..%d".formatted(value, MAX_ENCODERS));
    }
    if (before != 0 && before != encoders) {
      throw refusal(
          spec,
          "key 'encoders' is for the whole method, but is given as %d and %d"
              .formatted(before, encoders));
    }
    return encoders;
  }

  private static int encoders(String spec, List<String> names, List<Stage> stages, int given) {
    int encoders =
        given != 0 ? given : stages.stream().mapToInt(Stage::usualEncoders).max().orElse(1);
    for (int i = 0; i < stages.size() && encoders > 1; i++) {
      Optional<String> reason = stages.get(i).whyOneEncoder(i == 0);
      if (reason.isPresent() && given == 0) {
        return 1;
      }
      if (reason.isPresent()) {
        throw refusal(
            spec,
            "encoders=%d is not possible with '%s': %s"
                .formatted(encoders, names.get(i), reason.get()));
      }
    }
    return encoders;
  }

  private static IllegalArgumentException refusal(String spec, String reason) {
    return new IllegalArgumentException("method '%s': %s".formatted(spec, reason));
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
        throw refusal(name, "expected key=value, found '%s'".formatted(pair));
      }
      if (values.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw refusal(name, "key '%s' is given twice".formatted(pair.substring(0, equals)));
      }
    }
    return values;
  }

  /**
   * This method, of the same name, behind one more stage.
   *
   * @param stage hands on every block as it was given it and writes nothing: an observer
   */
  public Method behind(Stage stage) {
    List<Stage> all = new ArrayList<>(stages);
    all.addFirst(stage);
    return new Method(spec, List.copyOf(all), encoders, connections);
  }

  /** The description as given. */
  public String spec() {
    return spec;
  }

  public List<Stage> stages() {
    return stages;
  }

  /** Number of encoder threads, 1 to 64. */
  public int encoders() {
    return encoders;
  }

  /** Number of connections over which the method is sent, 1 to 8. */
  public int connections() {
    return connections;
  }

  /** What encoders of this method count. */
  public Set<Counter> counters() {
    Set<Counter> all = EnumSet.of(Counter.WHOLE_PAGES);
    stages.forEach(stage -> all.addAll(stage.counters()));
    return all;
  }

  /**
   * Whether each page can be decoded without the others of its checkpoint, from what {@link
   * emulha.codecs.pipeline.PageEncodings} is shown.
   */
  public boolean decodesPagesAlone() {
    return stages.stream().allMatch(Stage::decodesPagesAlone);
  }

  /** Whether nothing is sent of a VM's part of a checkpoint before all of it is encoded. */
  public boolean gathers() {
    return stages.stream().anyMatch(Stage::gathers);
  }

  /** Whether the receiver holds zeros where the guest held pages free. */
  public boolean excludesFreePages() {
    return stages.stream().anyMatch(Stage::excludesFreePages);
  }

  /**
   * Refuses pages of a size that a stage cannot work on.
   *
   * @throws IllegalArgumentException says why, and what works
   */
  public void require(PageSize pageSize) {
    for (Stage stage : stages) {
      Optional<String> reason = stage.whyNot(pageSize);
      if (reason.isPresent()) {
        throw new IllegalArgumentException(
            "method '%s' cannot work on pages of %d bytes: %s"
                .formatted(spec, pageSize.bytes(), reason.get()));
      }
    }
  }

  /** Bytes of memory that a receiver needs for the method beside the VMs' RAM, if they are many. */
  public long receiverBytes() {
    return encoders * stages.stream().mapToLong(Stage::receiverBytes).sum();
  }

  /** Where the table is that the method shares with other hosts, if it does. */
  public Optional<URI> table() {
    return stages.stream().flatMap(stage -> stage.table().stream()).findFirst();
  }

  /** Implementation behind each stage, joined by {@code +}. */
  public String binding() {
    return stages.stream().map(Stage::binding).collect(Collectors.joining("+"));
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
