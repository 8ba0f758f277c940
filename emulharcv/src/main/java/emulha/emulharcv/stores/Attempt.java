package emulha.emulharcv.stores;

import java.io.IOException;

/** Something that is done where its failure has a meaning of its own. */
@FunctionalInterface
interface Attempt<T> {
  T make() throws IOException;
}
