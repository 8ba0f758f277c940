package emulha.metrics.columns;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a column of a result file, with its {@link Meaning}; {@link Identifier} and {@link
 * Count} declare both.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.ANNOTATION_TYPE})
public @interface Metric {
  /** Unit of the value. */
  Unit unit();

  /** How values of several rows become one. */
  Aggregation aggregation();

  /** Whether each VM's row has a value of its own; if not, it is one of the whole checkpoint. */
  boolean perVm() default true;

  /** Exact meaning of a column, one or two sentences; when empty, says when that happens. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Meaning {
    /** The sentences. */
    String value();
  }

  /** A column that identifies, by a text or number. */
  @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Identifier {
    /** Its meaning. */
    String value();
  }

  /** A column of numbers of things, which add up. */
  @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Count {
    /** Its meaning. */
    String value();
  }

  /** Units of columns. */
  enum Unit {
    /** An identifying text or number. */
    KEY,
    /** Milliseconds. */
    MILLISECONDS,
    /** Nanoseconds. */
    NANOSECONDS,
    /** Bytes. */
    BYTES,
    /** Bits per second. */
    BITS_PER_SECOND,
    /** A number of things. */
    COUNT,
    /** Millionths. */
    PARTS_PER_MILLION,
    /** Millionths of a bit. */
    MICROBITS,
    /** true or false. */
    FLAG
  }

  /** Aggregations of columns. */
  enum Aggregation {
    /** Groups rows; never aggregated. */
    KEY,
    /** Values add up. */
    SUM,
    /** The mean over the rows. */
    MEAN,
    /** The largest value. */
    MAX,
    /** True if true in every row. */
    ALL
  }
}
