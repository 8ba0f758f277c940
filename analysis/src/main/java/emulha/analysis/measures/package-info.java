/**
 * What results say: read into tables, summed up into measures of each setting, and set against each
 * other.
 */
@NullMarked
package emulha.analysis.measures;

import org.jspecify.annotations.NullMarked;
