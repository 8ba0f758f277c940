package emulha.emulharcv.stores;

import java.io.IOException;

/** What a store holds is not what was stored. The message names what, where, and what is left. */
public final class DamagedStoreException extends IOException {
  private static final long serialVersionUID = 1;

  DamagedStoreException(String message) {
    super(message);
  }

  DamagedStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
