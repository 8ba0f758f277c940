package emulha.metrics.columns;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares that a column of runs is computed from one of their checkpoints, by the aggregation that
 * its {@link Metric} declares.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface OfCheckpoints {
  /** Name of the checkpoints' column; by default that of the column itself. */
  String column() default "";

  /** Of which checkpoints. */
  Which which() default Which.INCREMENTAL;

  /** 1 to 99: this percentile, by nearest rank, instead of the declared aggregation. */
  int percentile() default 0;

  /** Checkpoints to compute from. */
  enum Which {
    /** All but the full ones; without any, a sum, a mean and a largest are 0. */
    INCREMENTAL,
    /** The full ones; without any, the value is unavailable. */
    FULL,
    /** All. */
    ALL
  }
}
