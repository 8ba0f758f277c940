package emulha.codecs;

import java.util.List;
import java.util.Map;

/**
 * Names a stage, describes its parameters, and makes it from them.
 *
 * <p>To add a stage: implement this interface and the {@link Stage} it makes, and name the class in
 * {@code META-INF/services/emulha.codecs.StageProvider} of its jar, this project's or a user's on
 * the class path. The contract test tries every stage of this project on sequences of checkpoints,
 * and {@code EMULHA_GOLDEN=write} adds its encodings to those that later versions must read.
 */
public interface StageProvider {
  /** The name by which methods refer to the stage: lower-case letters, digits and hyphens. */
  String name();

  /** One line: what the stage does. */
  String summary();

  /** Where it is from: paper and section, or format document. */
  String source();

  /** The keys it takes, in the order shown to users. */
  List<Parameter> parameters();

  /**
   * Makes the stage.
   *
   * @throws IllegalArgumentException if values do not go together; the message says what would
   */
  Stage create(Arguments arguments);

  /** Whether its name alone is no stage, since some value must be given. */
  default boolean needsParameters() {
    return false;
  }

  /** Whether its stages run a program that their values name. */
  default boolean runsForeignCode() {
    return false;
  }

  /**
   * What its values name that {@link #create} has {@link Method#parse} read.
   *
   * @param values by key, as given
   */
  default List<String> stagesIn(Map<String, String> values) {
    return List.of();
  }
}
