/**
 * What the tests of several modules share: small series and the images that they lead to, and what
 * a test needs of the machine. No part of the program; nothing but tests depends on it.
 */
@NullMarked
package emulha.testsupport;

import org.jspecify.annotations.NullMarked;
