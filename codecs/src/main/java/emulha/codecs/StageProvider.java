package emulha.codecs;

import java.util.List;

/**
 * Names a stage, describes its parameters, and makes it from them.
 *
 * <p>To add a stage: implement this interface and the {@link Stage} it makes; name the class in
 * {@code META-INF/services/emulha.codecs.StageProvider} of its jar, this project's or a user's on
 * the class path; and add its specification to the contract test, which tries it on sequences of
 * checkpoints.
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
}
