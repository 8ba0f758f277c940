package emulha.metrics;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.util.NameTransformer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads records of parts that stand side by side in one JSON object, {@link JsonUnwrapped}, as
 * strictly as others: the library alone would pass over a key that no part has.
 */
public final class FlatJson extends SimpleModule {
  private static final long serialVersionUID = 1;

  /** For a mapper that refuses unknown keys. */
  public FlatJson() {
    setDeserializerModifier(new Strictly());
  }

  /**
   * The first line with a key, for an error, from 1: of a value in a part the library knows no
   * place. Empty where the key is left out.
   */
  public static OptionalLong line(byte[] text, String key) {
    String json = new String(text, StandardCharsets.UTF_8);
    Matcher found = Pattern.compile(Pattern.quote("\"" + key + "\"") + "\\s*:").matcher(json);
    return found.find()
        ? OptionalLong.of(
            1 + json.substring(0, found.start()).chars().filter(c -> c == '\n').count())
        : OptionalLong.empty();
  }

  private static final class Strictly extends BeanDeserializerModifier {
    private static final long serialVersionUID = 1;

    @Override
    public JsonDeserializer<?> modifyDeserializer(
        DeserializationConfig config, BeanDescription record, JsonDeserializer<?> reader) {
      Set<String> own = new LinkedHashSet<>();
      record.findProperties().forEach(property -> own.add(property.getName()));
      Set<String> all = keys(config, record);
      return own.equals(all) ? reader : new Checked(reader, all);
    }

    private static Set<String> keys(DeserializationConfig config, BeanDescription record) {
      Set<String> keys = new LinkedHashSet<>();
      for (BeanPropertyDefinition property : record.findProperties()) {
        if (property.getPrimaryMember().hasAnnotation(JsonUnwrapped.class)) {
          JavaType part = property.getPrimaryType();
          keys.addAll(keys(config, config.introspect(part)));
        } else {
          keys.add(property.getName());
        }
      }
      return keys;
    }
  }

  /** Refuses keys that none of the parts has. */
  private static final class Checked extends DelegatingDeserializer {
    private static final long serialVersionUID = 1;
    private final Set<String> keys;

    Checked(JsonDeserializer<?> reader, Set<String> keys) {
      super(reader);
      this.keys = keys;
    }

    @Override
    protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> reader) {
      return new Checked(reader, keys);
    }

    @SuppressWarnings("unchecked") // as the library itself does
    private static JsonDeserializer<Object> unwrapping(
        JsonDeserializer<?> reader, NameTransformer names) {
      return (JsonDeserializer<Object>) reader.unwrappingDeserializer(names);
    }

    /** As a part, it is checked with the whole. */
    @Override
    public JsonDeserializer<Object> unwrappingDeserializer(NameTransformer names) {
      return unwrapping(_delegatee, names);
    }

    @Override
    public Collection<Object> getKnownPropertyNames() {
      return List.copyOf(keys);
    }

    @Override
    public Object deserialize(JsonParser json, DeserializationContext context) throws IOException {
      int depth = json.getParsingContext().getNestingDepth();
      return super.deserialize(
          new JsonParserDelegate(json) {
            @Override
            public JsonToken nextToken() throws IOException {
              JsonToken token = super.nextToken();
              if (token == JsonToken.FIELD_NAME
                  && getParsingContext().getNestingDepth() == depth
                  && !keys.contains(currentName())) {
                context.handleUnknownProperty(delegate, Checked.this, handledType(), currentName());
              }
              return token;
            }

            @Override
            public String nextFieldName() throws IOException {
              return nextToken() == JsonToken.FIELD_NAME ? currentName() : null;
            }
          },
          context);
    }
  }
}
