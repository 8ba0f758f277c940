package emulha.wire;

import emulha.codecs.CheckpointKind;
import emulha.linux.Scheduling;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How values of a type lie in the body of a message: a record as its components, in their order.
 * {@code replication/PROTOCOL.md} says the same of each message.
 *
 * @param put writes a value
 * @param get reads one
 */
record Layout<T>(BiConsumer<ByteBuffer, T> put, Function<ByteBuffer, T> get) {
  /** A text that is long, and of which a user is shown nothing. */
  @Retention(RetentionPolicy.RUNTIME)
  @interface Unseen {}

  /** By their numbers on the wire. */
  private static final List<CheckpointKind> KINDS =
      List.of(CheckpointKind.PRIMING, CheckpointKind.FULL, CheckpointKind.INCREMENTAL);

  /** Characters that are no text: controls, ends of lines and paragraphs, changes of direction. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "\\p{Cntrl}|[\\x{80}-\\x{9f}\\x{61c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]");

  private static final Layout<String> UNSEEN = text(Message.MAX_ENVIRONMENT_BYTES);

  private static final Layout<Long> LONG = new Layout<>(ByteBuffer::putLong, ByteBuffer::getLong);

  private static final Map<Class<?>, Layout<?>> KNOWN =
      Map.of(
          int.class,
          new Layout<Integer>(ByteBuffer::putInt, ByteBuffer::getInt),
          long.class,
          LONG,
          Long.class,
          LONG,
          boolean.class,
          oneOf("flag", List.of(false, true)),
          CheckpointKind.class,
          oneOf("kind of checkpoint", KINDS),
          String.class,
          line(),
          Bits256.class,
          new Layout<Bits256>((body, bits) -> bits.putTo(body), Bits256::getFrom),
          BitSet.class,
          new Layout<BitSet>((body, bits) -> body.put(bits.toByteArray()), Layout::getBits),
          Scheduling.class,
          new Layout<Scheduling>(Layout::putScheduling, Layout::getScheduling));

  private static final ClassValue<Layout<?>> RECORDS =
      new ClassValue<>() {
        @Override
        protected Layout<?> computeValue(Class<?> type) {
          return ofRecord(type);
        }
      };

  /** Writes a record. */
  @SuppressWarnings("unchecked")
  static void put(ByteBuffer body, Record value) {
    ((Layout<Object>) RECORDS.get(value.getClass())).put.accept(body, value);
  }

  /**
   * Reads a record.
   *
   * @throws IllegalArgumentException if there is none
   * @throws java.nio.BufferUnderflowException if the body ends in it
   */
  static <R> R get(ByteBuffer body, Class<R> type) {
    return type.cast(RECORDS.get(type).get.apply(body));
  }

  private static <R> Layout<R> ofRecord(Class<R> type) {
    List<RecordComponent> components = List.of(type.getRecordComponents());
    Method[] accessors =
        components.stream().map(RecordComponent::getAccessor).toArray(Method[]::new);
    List<Layout<Object>> layouts = components.stream().map(Layout::ofComponent).toList();
    try {
      Constructor<R> constructor =
          type.getDeclaredConstructor(
              components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new));
      // All are public: this saves a look at that in each call.
      AccessibleObject.setAccessible(accessors, true);
      constructor.setAccessible(true);
      return new Layout<>(
          (body, value) -> {
            for (int i = 0; i < accessors.length; i++) {
              layouts.get(i).put.accept(body, component(accessors[i], value));
            }
          },
          body -> {
            Object[] values = new Object[accessors.length];
            for (int i = 0; i < values.length; i++) {
              values[i] = layouts.get(i).get.apply(body);
            }
            return made(constructor, values);
          });
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Layout<Object> ofComponent(RecordComponent component) {
    Layout<?> layout =
        component.isAnnotationPresent(Unseen.class)
            ? UNSEEN
            : component.getGenericType() instanceof ParameterizedType list
                ? listOf(ofType((Class<?>) list.getActualTypeArguments()[0]))
                : ofType(component.getType());
    return (Layout<Object>) layout;
  }

  private static Layout<?> ofType(Class<?> type) {
    Layout<?> known = KNOWN.get(type);
    return known != null ? known : RECORDS.get(type);
  }

  private static Object component(Method accessor, Object value) {
    try {
      return accessor.invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <R> R made(Constructor<R> constructor, Object[] components) {
    try {
      return constructor.newInstance(components);
    } catch (ReflectiveOperationException e) {
      throw e.getCause() instanceof IllegalArgumentException refused
          ? refused
          : new IllegalStateException(e);
    }
  }

  /** In a byte, the place of one of several. */
  private static <T> Layout<T> oneOf(String what, List<T> all) {
    return new Layout<>(
        (body, value) -> body.put((byte) all.indexOf(value)),
        body -> {
          int code = body.get();
          if (code < 0 || code >= all.size()) {
            throw new IllegalArgumentException("unknown " + what + " " + code);
          }
          return all.get(code);
        });
  }

  private static <T> Layout<List<T>> listOf(Layout<T> each) {
    return new Layout<>(
        (body, values) -> {
          body.putInt(values.size());
          values.forEach(value -> each.put.accept(body, value));
        },
        body -> {
          int count = body.getInt();
          if (count < 0 || count > Message.MAX_VMS) {
            throw new IllegalArgumentException(
                "list of %s, at most %d"
                    .formatted(Integer.toUnsignedString(count), Message.MAX_VMS));
          }
          return Stream.generate(() -> each.get.apply(body)).limit(count).toList();
        });
  }

  /** Text that is cut, between characters, to what fits. */
  private static Layout<String> text(int maxBytes) {
    return new Layout<>(
        (body, text) -> {
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          int length = bytes.length;
          if (length > maxBytes) {
            length = maxBytes;
            while ((bytes[length] & 0xc0) == 0x80) {
              length--;
            }
          }
          body.putInt(length).put(bytes, 0, length);
        },
        body -> {
          int length = body.getInt();
          if (length < 0 || length > maxBytes || length > body.remaining()) {
            throw new IllegalArgumentException(
                "text of %s bytes, at most %d"
                    .formatted(Integer.toUnsignedString(length), maxBytes));
          }
          byte[] bytes = new byte[length];
          body.get(bytes);
          return new String(bytes, StandardCharsets.UTF_8);
        });
  }

  /** Text that will be shown to a user: what could steer a terminal becomes a question mark. */
  private static Layout<String> line() {
    Layout<String> text = text(Message.MAX_TEXT_BYTES);
    return new Layout<>(text.put, body -> CONTROL.matcher(text.get.apply(body)).replaceAll("?"));
  }

  private static void putScheduling(ByteBuffer body, @Nullable Scheduling known) {
    body.putLong(known == null ? Message.UNKNOWN : known.ranNs());
    body.putLong(known == null ? Message.UNKNOWN : known.waitedNs());
  }

  private static @Nullable Scheduling getScheduling(ByteBuffer body) {
    var found = new Scheduling(body.getLong(), body.getLong());
    return found.ranNs() == Message.UNKNOWN || found.waitedNs() == Message.UNKNOWN ? null : found;
  }

  /** A set of numbers, up to the end of the body. */
  private static BitSet getBits(ByteBuffer body) {
    BitSet bits = BitSet.valueOf(body);
    body.position(body.limit());
    return bits;
  }
}
