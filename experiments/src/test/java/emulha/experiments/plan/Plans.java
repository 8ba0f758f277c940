package emulha.experiments.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Plans that are done as fast as they can be. */
public final class Plans {
  private Plans() {}

  /**
   * A plan without warm-up, waiting or base.
   *
   * @param keys its other keys as they stand in a file, in single quotes
   */
  public static SweepPlan of(String keys) {
    try {
      return SweepPlan.of(
          JsonMapper.builder()
              .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
              .build()
              .readTree("{'warmup': '0', 'pace': 'asap', 'base': 'skip', %s}".formatted(keys)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
