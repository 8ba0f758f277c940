package emulha.emulharcv.stores;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.files.DurableFile;
import emulha.memory.PageDigests;
import emulha.metrics.FlatJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an image file holds: {@code IMAGE.json} beside it, written last, so that where it is the
 * image and {@code IMAGE.state} are whole.
 *
 * @param vm name of the VM
 * @param ramBytes its RAM
 * @param checkpoint number of the checkpoint that the image holds; -1 for the base
 * @param imageDigest {@link PageDigests#ofImage}, 16 hexadecimal digits
 */
public record ImageDescription(
    String vm,
    long ramBytes,
    long checkpoint,
    String imageDigest,
    @JsonUnwrapped State state,
    @JsonUnwrapped Writing writing) {
  /**
   * CPU and device state in {@code IMAGE.state}.
   *
   * @param stateBytes null if there is none
   * @param stateDigest XXH3-64 of the state; null if there is none
   */
  public record State(@Nullable Long stateBytes, @Nullable String stateDigest) {}

  /**
   * How the image came to be written.
   *
   * @param silenceNs from the last that came of the sender until it was taken for lost; null unless
   *     a sender was lost
   * @param recoveryNs time to make the image usable
   * @param cause why it was written
   */
  public record Writing(@Nullable Long silenceNs, long recoveryNs, String cause) {}

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new FlatJson())
          .build();

  /** The description of one of several images as they are. */
  public static ImageDescription of(
      FailOverImages images, int vm, @Nullable Long silenceNs, long recoveryNs, String cause) {
    byte[] state = images.state(vm);
    return new ImageDescription(
        images.vms().get(vm).name(),
        images.images().get(vm).bytes(),
        images.checkpoint(),
        hex(images.digest(vm)),
        state.length == 0
            ? new State(null, null)
            : new State((long) state.length, hex(PageDigests.ofState(state))),
        new Writing(silenceNs, recoveryNs, cause));
  }

  /** Where the image of one of several VMs goes. */
  public static Path fileOf(Path out, int vm, int vms) {
    return vms == 1 ? out : out.resolveSibling(out.getFileName() + "." + vm);
  }

  /** The device state that belongs to an image. */
  public static Path stateOf(Path image) {
    return image.resolveSibling(image.getFileName() + ".state");
  }

  private static Path descriptionOf(Path image) {
    return image.resolveSibling(image.getFileName() + ".json");
  }

  /** A digest as text: 16 digits. */
  public static String hex(long digest) {
    return "%016x".formatted(digest);
  }

  /**
   * Reads the description of an image.
   *
   * @throws IOException if the image has none, or it is not one
   */
  public static ImageDescription of(Path image) throws IOException {
    Path file = descriptionOf(image);
    if (!Files.exists(file)) {
      throw new IOException(file + ": no such file; " + image + " is no complete fail-over image");
    }
    try {
      return JSON.readValue(Files.readAllBytes(file), ImageDescription.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ": not the description of an image: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Writes an image, its state, and this beside them; what was there is replaced, this last.
   *
   * @param vm which of the images
   * @param out where they go, see {@link #fileOf}
   * @return the image
   */
  public Path write(FailOverImages images, int vm, Path out) throws IOException {
    Path image = fileOf(out, vm, images.vms().size());
    DurableFile.delete(descriptionOf(image));
    images.write(vm, image);
    byte[] state = images.state(vm);
    if (state.length == 0) {
      DurableFile.delete(stateOf(image));
    } else {
      DurableFile.write(stateOf(image), state);
    }
    DurableFile.write(descriptionOf(image), JSON.writeValueAsString(this) + "\n");
    return image;
  }
}
