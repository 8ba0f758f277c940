/** What a sweep consists of: a plan, and its points. */
@NullMarked
package emulha.experiments.plan;

import org.jspecify.annotations.NullMarked;
