/** What stages and methods cost, page by page. */
@NullMarked
package emulha.experiments.profile;

import org.jspecify.annotations.NullMarked;
