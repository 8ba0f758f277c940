/** Names: finding things by them, and errors that list them. */
@NullMarked
package emulha.names;

import org.jspecify.annotations.NullMarked;
