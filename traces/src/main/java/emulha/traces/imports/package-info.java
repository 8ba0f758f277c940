/** Foreign formats that become series: the list of all; formats of one class. */
@NullMarked
package emulha.traces.imports;

import org.jspecify.annotations.NullMarked;
