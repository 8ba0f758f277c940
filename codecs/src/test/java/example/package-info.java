/** A user's method, as shown in {@code docs/ADD_A_METHOD.md}. */
@org.jspecify.annotations.NullMarked
package example;
